import type { Feature, FeatureLists, Features } from './example.ts';
import { delimited, varint } from './wire-writer.ts';

/** A tf.Example. */
export function encodeExample(features: Features): Uint8Array {
  return encodeMap(1, features, encodeFeature);
}

/** A tf.SequenceExample. */
export function encodeSequenceExample(example: {
  readonly context: Features;
  readonly featureLists: FeatureLists;
}): Uint8Array {
  const context = encodeMap(1, example.context, encodeFeature);
  const lists = encodeMap(2, example.featureLists, (features) =>
    joined(features.map((feature) => delimited(1, encodeFeature(feature)))),
  );
  return joined([context, lists]);
}

function encodeMap<V>(
  field: number,
  map: ReadonlyMap<string, V>,
  encodeValue: (value: V) => Uint8Array,
): Uint8Array {
  const entries = Array.from(map, ([name, value]) =>
    delimited(1, delimited(1, new TextEncoder().encode(name)), delimited(2, encodeValue(value))),
  );
  return delimited(field, ...entries);
}

function encodeFeature(feature: Feature): Uint8Array {
  switch (feature.kind) {
    case 'bytes':
      return delimited(1, ...feature.values.map((value) => delimited(1, value)));
    case 'float': {
      const { buffer, byteOffset, byteLength } = feature.values;
      return delimited(2, delimited(1, new Uint8Array(buffer, byteOffset, byteLength)));
    }
    case 'int64':
      return delimited(3, delimited(1, ...feature.values.map(varint)));
    case 'none':
      return new Uint8Array(0);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
