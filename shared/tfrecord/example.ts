/**
 * The values of one feature of a tf.Example or tf.SequenceExample (tensorflow/core/example/feature.proto). `none`: the
 * message sets no kind of list.
 */
export type Feature =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'float'; readonly values: Float32Array }
  | { readonly kind: 'int64'; readonly values: readonly Int64[] }
  | { readonly kind: 'none' };

/** -2^63..2^63-1, exact: a number when it is a safe integer, else a bigint. */
export type Int64 = number | bigint;

export type Features = ReadonlyMap<string, Feature>;
export type FeatureLists = ReadonlyMap<string, readonly Feature[]>;

/** A decoded record. */
export interface Example {
  /** `features` of a tf.Example, `context` of a tf.SequenceExample: both are field 1. */
  readonly context: Features;
  /** Field 2 of a tf.SequenceExample; null when the record has none, as a tf.Example. */
  readonly featureLists: FeatureLists | null;
}
