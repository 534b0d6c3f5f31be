import type { Example, Feature } from './example.ts';
import { type FeatureDraft, finishFeature, noFeature, readFeature } from './read-feature.ts';
import { tagOf, WireReader, wire } from './wire-reader.ts';

/** Fields of tensorflow/core/example/{example,feature}.proto. */
const contextTag = tagOf(1, wire.bytes);
const featureListsTag = tagOf(2, wire.bytes);
const entryTag = tagOf(1, wire.bytes);
const keyTag = tagOf(1, wire.bytes);
const valueTag = tagOf(2, wire.bytes);
const listedFeatureTag = tagOf(1, wire.bytes);

/** How the values of a map are read: from nothing, on top of an earlier draft, into their final form. */
interface ValueReader<Draft, Value> {
  absent(): Draft;
  read(reader: WireReader, previous: Draft): Draft;
  finish(draft: Draft): Value;
}

const featureReader: ValueReader<FeatureDraft, Feature> = {
  absent: () => noFeature,
  read: readFeature,
  finish: finishFeature,
};

const featureListReader: ValueReader<Feature[], readonly Feature[]> = {
  absent: () => [],
  read: readFeatureList,
  finish: (features) => features,
};

/**
 * Decodes a tf.SequenceExample or a tf.Example; the two differ only in field 2. As protocol buffers have it: fields in
 * any order, unknown ones skipped, repeated sub-messages merged, the last of equal map keys and of several kinds of
 * list wins, numbers packed or not. Byte strings are views on `payload`.
 * @throws EXAMPLE_MALFORMED with the byte offset in the payload, and nothing else
 */
export function decodeExample(payload: Uint8Array): Example {
  const reader = new WireReader(payload);
  const context = new Map<string, Feature>();
  let featureLists: Map<string, readonly Feature[]> | null = null;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === contextTag) {
      readMap(reader, context, featureReader);
    } else if (tag === featureListsTag) {
      featureLists ??= new Map();
      readMap(reader, featureLists, featureListReader);
    } else {
      reader.skip(tag);
    }
  }
  return { context, featureLists };
}

/** `Features` or `FeatureLists`: a message whose only field is a map from names. */
function readMap<D, V>(reader: WireReader, into: Map<string, V>, values: ValueReader<D, V>): void {
  const end = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === entryTag) readEntry(reader, into, values);
    else reader.skip(tag);
  }
  reader.end = end;
}

function readEntry<D, V>(reader: WireReader, into: Map<string, V>, values: ValueReader<D, V>): void {
  const end = reader.enter();
  let key = '';
  let value = values.absent();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === keyTag) key = reader.text();
    else if (tag === valueTag) value = values.read(reader, value);
    else reader.skip(tag);
  }
  reader.end = end;
  into.set(key, values.finish(value));
}

function readFeatureList(reader: WireReader, features: Feature[]): Feature[] {
  const end = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === listedFeatureTag) features.push(finishFeature(readFeature(reader, noFeature)));
    else reader.skip(tag);
  }
  reader.end = end;
  return features;
}
