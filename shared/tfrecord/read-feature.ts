import type { Feature, Int64 } from './example.ts';
import { tagOf, type WireReader, wire } from './wire-reader.ts';

/** Fields of tensorflow/core/example/feature.proto. */
const bytesListTag = tagOf(1, wire.bytes);
const floatListTag = tagOf(2, wire.bytes);
const int64ListTag = tagOf(3, wire.bytes);
/** Field `value` of each of the three lists. */
const delimitedValueTag = tagOf(1, wire.bytes);
const fixed32ValueTag = tagOf(1, wire.fixed32);
const varintValueTag = tagOf(1, wire.varint);

/** A feature that may still grow: repeated sub-messages are merged. */
export type FeatureDraft =
  | { readonly kind: 'bytes'; readonly values: Uint8Array[] }
  | { readonly kind: 'int64'; readonly values: Int64[] }
  | FloatDraft
  | { readonly kind: 'none' };

interface FloatDraft {
  readonly kind: 'float';
  /** The first packed run, which nearly always is all. */
  packed: Float32Array;
  /** What came behind it, or unpacked. */
  readonly more: number[];
}

export const noFeature: FeatureDraft & Feature = { kind: 'none' };

/** Reads one `Feature` message on top of what earlier ones gave; of several kinds of list the last one wins. */
export function readFeature(reader: WireReader, previous: FeatureDraft): FeatureDraft {
  const end = reader.enter();
  let draft = previous;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === bytesListTag) {
      draft = draft.kind === 'bytes' ? draft : { kind: 'bytes', values: [] };
      readBytes(reader, draft.values);
    } else if (tag === floatListTag) {
      draft = draft.kind === 'float' ? draft : { kind: 'float', packed: new Float32Array(0), more: [] };
      readFloats(reader, draft);
    } else if (tag === int64ListTag) {
      draft = draft.kind === 'int64' ? draft : { kind: 'int64', values: [] };
      readInt64s(reader, draft.values);
    } else {
      reader.skip(tag);
    }
  }
  reader.end = end;
  return draft;
}

export function finishFeature(draft: FeatureDraft): Feature {
  if (draft.kind !== 'float') return draft;
  const { packed, more } = draft;
  if (more.length === 0) return { kind: 'float', values: packed };
  const values = new Float32Array(packed.length + more.length);
  values.set(packed);
  values.set(more, packed.length);
  return { kind: 'float', values };
}

function readBytes(reader: WireReader, values: Uint8Array[]): void {
  const end = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === delimitedValueTag) values.push(reader.delimited());
    else reader.skip(tag);
  }
  reader.end = end;
}

function readFloats(reader: WireReader, draft: FloatDraft): void {
  const end = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === fixed32ValueTag) {
      draft.more.push(reader.float());
    } else if (tag === delimitedValueTag) {
      const run = reader.floats();
      if (draft.packed.length + draft.more.length === 0) draft.packed = run;
      else for (const value of run) draft.more.push(value);
    } else {
      reader.skip(tag);
    }
  }
  reader.end = end;
}

function readInt64s(reader: WireReader, values: Int64[]): void {
  const end = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === varintValueTag) {
      values.push(reader.int64());
    } else if (tag === delimitedValueTag) {
      const packedEnd = reader.enter();
      while (reader.pos < reader.end) values.push(reader.int64());
      reader.end = packedEnd;
    } else {
      reader.skip(tag);
    }
  }
  reader.end = end;
}
