/** Packages with compiled code that is used where it is installed; a bundle runs without, more slowly. */
export const accelerators: readonly string[] = ['@node-rs/crc32'];

/** The file of `functions/infer/handler.main`, as serverless.yml names a handler. */
export function sourceOf(handler: string): string {
  return `${handler.slice(0, handler.lastIndexOf('.'))}.ts`;
}
