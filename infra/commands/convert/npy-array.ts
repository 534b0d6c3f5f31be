import { EarshotError, type ErrorDetails } from '../../../shared/errors/earshot-error.ts';
import { ByteReader } from './byte-reader.ts';
import { type NpyHeader, readNpyHeader } from './npy-header.ts';

/** The bytes of an .npy file from its beginning, each time anew. */
export type OpenBytes = () => AsyncIterable<Uint8Array>;

/** An .npy file of which rows (along the first axis) are read as they are needed. */
export interface NpyArray {
  readonly header: NpyHeader;
  /** Bytes of each row, one after another. @throws ARRAY_UNUSABLE when the file ends before its last row */
  rows(): AsyncGenerator<Uint8Array>;
}

/** @throws ARRAY_UNUSABLE */
export async function openNpy(open: OpenBytes, where: ErrorDetails): Promise<NpyArray> {
  const first = new ByteReader(open());
  const header = await readHeader(first, where);
  await first.close();
  return {
    header,
    async *rows() {
      const reader = new ByteReader(open());
      try {
        await readHeader(reader, where);
        const [count = 0, ...inner] = header.shape;
        const rowBytes = inner.reduce((product, size) => product * size, header.itemSize);
        for (let row = 0; row < count; row++) {
          const bytes = await reader.take(rowBytes);
          if (bytes.length < rowBytes) throw cut(where, `${count} rows of ${rowBytes} bytes`, row);
          yield bytes;
        }
      } finally {
        await reader.close();
      }
    },
  };
}

function readHeader(reader: ByteReader, where: ErrorDetails): Promise<NpyHeader> {
  return readNpyHeader(async (length) => {
    const bytes = await reader.take(length);
    if (bytes.length < length) throw cut(where, 'a header', null);
    return bytes;
  }, where);
}

const cut = (where: ErrorDetails, expected: string, row: number | null) =>
  new EarshotError('ARRAY_UNUSABLE', {
    ...where,
    ...(row === null ? {} : { record: row }),
    expected,
    received: 'the end of the file',
  });

/** All values of a one-dimensional array, as bytes. @throws ARRAY_UNUSABLE */
export async function wholeOf({ header, rows }: NpyArray, where: ErrorDetails): Promise<Uint8Array> {
  if (header.shape.length !== 1) {
    const [expected, received] = ['one axis, the clips', shapeText(header.shape)];
    throw new EarshotError('ARRAY_UNUSABLE', { ...where, expected, received });
  }
  const parts: Uint8Array[] = [];
  for await (const row of rows()) parts.push(row);
  return Buffer.concat(parts);
}

export const shapeText = (shape: readonly number[]) => `(${shape.join(', ')})`;
