import * as z from 'zod';
import { type PathLike, parseWithSchema } from '../errors/parse-with-schema.ts';
import { maxClips } from '../inference/clips.ts';
import type { FrameRules } from '../inference/read-frames.ts';
import type { SavedModel } from '../model/saved-model.ts';

/**
 * Where a component of the API's document is referred to. The values of frames and tensors, and the elements of long
 * lists, are read one by one up to the first that is wrong; a schema would name a million of them.
 */
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The frames of a clip: what `readFrames` takes. */
export const framesSchema = z.unknown().meta({ id: 'Frames' });

/** A list of components, not looked into. */
export const listOf = (component: string) =>
  z
    .array(z.unknown())
    .min(1)
    .max(maxClips)
    .meta({ items: ref(component) });

/** Each element by its schema; `at` is where the list stands. @throws REQUEST_INVALID at the first that is wrong */
export function readEach<S extends z.ZodType, T>(
  list: readonly unknown[],
  schema: S,
  at: PathLike,
  of: (value: z.output<S>, at: PathLike) => T,
): T[] {
  return list.map((value, i) => {
    const place = [...at, i];
    return of(parseWithSchema(schema, value, 'REQUEST_INVALID', {}, place), place);
  });
}

export const rulesOf = ({ spec, preprocessing }: SavedModel): FrameRules => ({
  width: spec.width,
  dtype: preprocessing.dtype,
});

export const clipId = z.string().max(255);
