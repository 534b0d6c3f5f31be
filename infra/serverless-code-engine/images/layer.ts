import { gzipSync } from 'fflate';
import { descriptorOf, digestOf, type ImageBlob } from './image.ts';
import { type ImageFile, tarArchive } from './tar-archive.ts';

export interface Layer {
  readonly blob: ImageBlob;
  /** Of the archive before it was compressed; the config names it so. */
  readonly diffId: string;
}

/**
 * Files as one layer. The compression is not Node's, whose bytes differ between zlib versions and processors, while the
 * digest must not.
 */
export function layerOf(files: readonly ImageFile[], mediaType: string): Layer {
  const archive = tarArchive(files);
  const bytes = gzipSync(archive, { level: 9, mtime: 0 });
  return { blob: { ...descriptorOf(bytes, mediaType), bytes }, diffId: digestOf(archive) };
}
