/** A page that the bundler makes one text of, with its style and its script: see infra/bundles. */
declare module '*.html' {
  export const page: string;
}
