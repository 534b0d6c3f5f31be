/** In place of Node's module: see infra/bundles/page-plugin.ts. */
declare module 'node:module' {
  export function createRequire(from: string): (name: string) => unknown;
}
