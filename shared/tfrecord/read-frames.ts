import type { Frame } from './frame.ts';
import { FrameScanner } from './frame-scanner.ts';

/**
 * Records and damage of a decompressed TFRecord stream in file order, in batches: what each chunk completes.
 * Never throws for what is wrong in the data; throws what `chunks` throws.
 */
export async function* readFrames(
  chunks: AsyncIterable<Uint8Array>,
  limits: { readonly maxRecordBytes: number },
): AsyncGenerator<readonly Frame[]> {
  const scanner = new FrameScanner(limits);
  for await (const chunk of chunks) {
    const frames = scanner.push(chunk);
    if (frames.length > 0) yield frames;
  }
  const rest = scanner.end();
  if (rest.length > 0) yield rest;
}
