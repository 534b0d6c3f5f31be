import { createReadStream } from 'node:fs';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type NpyArray, openNpy, shapeText, wholeOf } from './npy-array.ts';
import { npyNumbers, npyTexts } from './npy-values.ts';
import { npzBytes, readNpz } from './npz-entries.ts';
import type { ClipSource, SourceClip } from './source-clip.ts';

/** What an .npz may have beside `embeddings`, one value a clip. */
const besides = ['ids', 'starts', 'ends', 'lengths'] as const;
type Besides = {
  readonly ids?: readonly string[];
  readonly starts?: ArrayLike<number>;
  readonly ends?: ArrayLike<number>;
  readonly lengths?: ArrayLike<number>;
};

/** `[clips, width]`, one frame a clip, or `[clips, frames, width]`. @throws ARRAY_UNUSABLE */
export async function openNpySource(file: string): Promise<ClipSource> {
  const array = await openNpy(() => createReadStream(file), { file });
  return arraySource(file, 'the array', array, {});
}

/**
 * `embeddings` as in an .npy; with `lengths`, frames beyond a clip's length are left out of `[clips, frames, width]`,
 * and `[all frames, width]` is cut into clips of these lengths. `ids`, `starts` and `ends` (seconds) are of the clips.
 * @throws ARRAY_UNUSABLE
 */
export async function openNpzSource(file: string): Promise<ClipSource> {
  const { names, whole } = await readNpz(file, besides);
  const unknown = names.filter((name) => name !== 'embeddings' && !besides.some((known) => known === name));
  if (!names.includes('embeddings') || unknown.length > 0) {
    const expected = 'arrays named embeddings, and if need be ids, starts, ends, lengths';
    throw new EarshotError('ARRAY_UNUSABLE', { file, expected, received: names.join(', ') || 'no array' });
  }
  const array = await openNpy(() => npzBytes(file, 'embeddings'), { file, field: 'embeddings' });
  const given: Record<string, unknown> = {};
  for (const [name, bytes] of whole) {
    const where = { file, field: name };
    const one = await openNpy(() => inOnePiece(bytes), where);
    const values = await wholeOf(one, where);
    const { kind } = one.header;
    if (name !== 'ids' && (kind === 'U' || kind === 'S')) {
      throw new EarshotError('ARRAY_UNUSABLE', { ...where, expected: 'numbers', received: 'text' });
    }
    if (name === 'ids' && kind === 'f') {
      throw new EarshotError('ARRAY_UNUSABLE', { ...where, expected: 'text', received: 'floats' });
    }
    given[name] = name === 'ids' ? npyTexts(one.header, values) : npyNumbers(one.header, values);
  }
  return arraySource(file, 'embeddings', array, given as Besides);
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function arraySource(file: string, field: string, array: NpyArray, given: Besides): ClipSource {
  const { header } = array;
  const { shape, kind } = header;
  const refuse = (name: string, expected: string, received: string) =>
    new EarshotError('ARRAY_UNUSABLE', { file, field: name, expected, received });
  if (kind === 'U' || kind === 'S') throw refuse(field, 'numbers', 'text');
  const [rows = 0, ...inner] = shape;
  const width = inner.at(-1) ?? 0;
  if (inner.length < 1 || inner.length > 2 || shape.some((size) => size === 0)) {
    throw refuse(field, '(clips, width) or (clips, frames, width), nothing empty', shapeText(shape));
  }
  const frames = inner.length === 2 ? inner[0]! : 1;
  const { lengths } = given;
  const isRagged = lengths !== undefined && inner.length === 1;
  const clips = isRagged ? lengths.length : rows;
  for (const name of besides) {
    const count = given[name]?.length;
    if (count !== undefined && count !== clips) throw refuse(name, `${clips} values, one a clip`, `${count}`);
  }
  const most = isRagged ? rows : frames;
  let total = 0;
  for (const [clip, length] of Array.from(lengths ?? []).entries()) {
    total += length;
    if (Number.isInteger(length) && length >= 1 && length <= most) continue;
    throw refuse('lengths', `whole numbers from 1 to ${most}`, `${length} of clip ${clip}`);
  }
  if (isRagged && total !== rows) {
    throw refuse('lengths', `a sum of ${rows}, the rows of embeddings`, `${total}`);
  }
  return {
    file,
    width,
    hasIds: given.ids !== undefined,
    needsMeaning: kind === 'f',
    async *clips() {
      const blocks = isRagged ? joined(array.rows(), lengths) : array.rows();
      let clip = 0;
      for await (const bytes of blocks) {
        const all = npyNumbers(header, bytes);
        const length = lengths === undefined || isRagged ? all.length : lengths[clip]! * width;
        yield {
          id: given.ids?.[clip] ?? null,
          start: given.starts?.[clip] ?? Number.NaN,
          end: given.ends?.[clip] ?? Number.NaN,
          values: length === all.length ? all : Array.prototype.slice.call(all, 0, length),
          where: { file, record: clip },
        } satisfies SourceClip;
        clip++;
      }
    },
  };
}

/** So many rows behind each other as one. */
async function* joined(
  rows: AsyncGenerator<Uint8Array>,
  lengths: ArrayLike<number>,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let clip = 0;
  for await (const row of rows) {
    parts.push(row);
    if (parts.length < lengths[clip]!) continue;
    yield Buffer.concat(parts);
    parts = [];
    clip++;
  }
}
