import { EarshotError, type ErrorDetails } from '../../../shared/errors/earshot-error.ts';

/** What an .npy file says of its array before the values. */
export interface NpyHeader {
  /** `u`nsigned, signed `i`ntegers, `f`loats; text as `U`nicode or byte `S`trings. */
  readonly kind: 'u' | 'i' | 'f' | 'U' | 'S';
  /** Bytes of a value. */
  readonly itemSize: number;
  readonly bigEndian: boolean;
  readonly shape: readonly number[];
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Bytes before the length of the header. */
const versionEnd = 8;
/** numpy itself refuses to read headers longer than this without being told so. */
const longest = 10_000;
const numberSizes: Readonly<Record<string, readonly number[]>> = {
  u: [1, 2, 4, 8],
  i: [1, 2, 4, 8],
  f: [2, 4, 8],
};
/** 4 bytes a code point; more is no id. */
const widestText = 4096;

/**
 * Reads the header of an .npy file (NEP 1; versions 1 to 3), `take` the bytes of it one stretch behind the other.
 * @throws ARRAY_UNUSABLE
 */
export async function readNpyHeader(
  take: (bytes: number) => Promise<Uint8Array>,
  where: ErrorDetails,
): Promise<NpyHeader> {
  const refuse = (field: string, expected: string, received: string) =>
    new EarshotError('ARRAY_UNUSABLE', { ...where, field, expected, received });
  const start = await take(versionEnd);
  if (magic.some((byte, i) => start[i] !== byte)) {
    const received = Buffer.from(start).toString('hex');
    throw refuse('first bytes', 'those of an .npy file, 934e554d5059', received);
  }
  const version = start[6]!;
  if (version < 1 || version > 3) throw refuse('version', '1, 2 or 3', String(version));
  const lengthBytes = Buffer.from(await take(version === 1 ? 2 : 4));
  const length = version === 1 ? lengthBytes.readUInt16LE(0) : lengthBytes.readUInt32LE(0);
  if (length > longest) throw refuse('header', `at most ${longest} bytes`, `${length}`);
  const text = Buffer.from(await take(length)).toString(version === 3 ? 'utf8' : 'latin1');
  return headerOf(text, refuse);
}

type Refuse = (field: string, expected: string, received: string) => EarshotError;

/** numpy writes a Python literal of exactly these three keys. */
function headerOf(text: string, refuse: Refuse): NpyHeader {
  const descr = /'descr':\s*'([<>|=])([A-Za-z])(\d*)'/.exec(text);
  if (descr === null) {
    const received = /'descr':\s*(.{1,60})/.exec(text)?.[1] ?? text.trim().slice(0, 60);
    throw refuse('dtype', 'numbers, or text of a fixed width', received);
  }
  const [, order = '', kind = '', digits = ''] = descr;
  const isText = kind === 'U' || kind === 'S';
  const itemSize = Number(digits) * (kind === 'U' ? 4 : 1);
  const known = isText ? itemSize > 0 && itemSize <= widestText : numberSizes[kind]?.includes(itemSize);
  if (!known) {
    const expected = 'u1 to u8, i1 to i8, f2, f4 or f8, or text';
    throw refuse('dtype', expected, `${order}${kind}${digits}${kind === 'O' ? ' (Python objects)' : ''}`);
  }
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (fortran === undefined || shape === undefined) {
    throw refuse('header', 'fortran_order and shape', text.trim().slice(0, 100));
  }
  const sizes = shape
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(Number);
  if (fortran === 'True' && sizes.length > 1) {
    throw refuse('order', 'C order, as of numpy.ascontiguousarray', 'Fortran order');
  }
  return { kind: kind as NpyHeader['kind'], itemSize, bigEndian: order === '>', shape: sizes };
}
