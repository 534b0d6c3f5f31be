import { createHash } from 'node:crypto';
import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { valuesUnder } from '../model/ensemble.ts';
import { decodeWeights, encodeWeights } from '../model/weights-file.ts';
import type { TrainingState } from './training-state.ts';

/** 8 bytes of magic, 32 of SHA-256 of all that follows, uint32 length of the header, header, arrays. */
const magic = Buffer.from('EARSHOT2', 'latin1');
const headerAt = magic.length + 32 + 4;

const groups = ['weights', 'm', 'v', 'average', 'best', 'recent'] as const;
type Group = (typeof groups)[number];

/** The arrays of a group. */
function arraysOf(state: TrainingState, group: Group): ReadonlyMap<string, Float32Array> {
  if (group === 'best') return state.best?.weights ?? new Map();
  if (group !== 'recent') return state[group];
  return new Map(
    state.recent.flatMap(({ weights }, i) =>
      [...weights].map(([name, values]): [string, Float32Array] => [`${i}/${name}`, values]),
    ),
  );
}

const headerSchema = z.strictObject({
  fingerprint: z.string(),
  step: z.int().min(0),
  seconds: z.number().min(0),
  lossSum: z.number(),
  lossCount: z.int().min(0),
  curve: z.array(
    z.strictObject({
      step: z.int(),
      epoch: z.number(),
      trainingLoss: z.number(),
      validation: z
        .strictObject({ mAP: z.number(), AUC: z.number(), dPrime: z.number(), loss: z.number() })
        .nullable(),
    }),
  ),
  best: z
    .strictObject({ step: z.int().min(0), value: z.number(), evaluationsSince: z.int().min(0) })
    .nullable(),
  recent: z.array(z.strictObject({ step: z.int().min(0) })).default([]),
  arrays: z.array(z.strictObject({ group: z.enum(groups), name: z.string(), length: z.int().min(0) })),
});

/** The state as one object for the store; equal states give equal bytes. */
export function encodeState(state: TrainingState): Uint8Array {
  const arrays = groups.flatMap((group) =>
    [...arraysOf(state, group)].map(([name, values]) => ({ group, name, length: values.length })),
  );
  const { fingerprint, step, seconds, lossSum, lossCount, curve } = state;
  const best = state.best && { ...state.best, weights: undefined };
  const recent = state.recent.map(({ step: at }) => ({ step: at }));
  const header = Buffer.from(
    JSON.stringify({ fingerprint, step, seconds, lossSum, lossCount, curve, best, recent, arrays }),
    'utf8',
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const values = groups.map((group) => {
    const named = [...arraysOf(state, group)].map(
      ([name, array]) => [name, { shape: [array.length], values: array }] as const,
    );
    return encodeWeights(new Map(named)).bytes;
  });
  const digest = createHash('sha256').update(length).update(header);
  for (const part of values) digest.update(part);
  return Buffer.concat([magic, digest.digest(), length, header, ...values]);
}

/** @throws EarshotError CHECKPOINT_CORRUPT when the bytes are not exactly what `encodeState` wrote. */
export function decodeState(bytes: Uint8Array): TrainingState {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < headerAt || !buffer.subarray(0, magic.length).equals(magic)) {
    throw corrupt('magic', magic.toString('latin1'), `${buffer.length} bytes of something else`);
  }
  const expected = buffer.subarray(magic.length, magic.length + 32).toString('hex');
  const received = createHash('sha256')
    .update(buffer.subarray(headerAt - 4))
    .digest('hex');
  if (expected !== received) throw corrupt('sha256', expected, received);

  const valuesAt = headerAt + buffer.readUInt32LE(headerAt - 4);
  const { arrays, best, recent, ...rest } = parseHeader(buffer.subarray(headerAt, valuesAt));
  const slots = arrays.map(({ group, name, length }) => ({ name: `${group}:${name}`, shape: [length] }));
  const decoded = decodeWeights(slots, buffer.subarray(valuesAt));
  const named = (wanted: Group) =>
    new Map(
      arrays
        .filter(({ group }) => group === wanted)
        .map(({ group, name }) => [name, decoded.get(`${group}:${name}`)!.values]),
    );
  return {
    ...rest,
    weights: named('weights'),
    m: named('m'),
    v: named('v'),
    average: named('average'),
    best: best && { ...best, weights: named('best') },
    recent: recent.map(({ step }, i) => ({ step, weights: valuesUnder(named('recent'), `${i}/`) })),
  };
}

function parseHeader(bytes: Buffer): z.infer<typeof headerSchema> {
  const parsed = headerSchema.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!parsed.success) throw corrupt('header', 'a training state of this version', parsed.error.message);
  return parsed.data;
}

function corrupt(field: string, expected: string, received: string): EarshotError {
  return new EarshotError('CHECKPOINT_CORRUPT', { field, expected, received });
}
