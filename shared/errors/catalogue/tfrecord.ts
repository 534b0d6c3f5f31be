import type { CatalogueEntry } from './entry.ts';

/** Anomalies of TFRecord framing and of the examples inside the records. */
export const tfrecordCodes = {
  TFRECORD_LENGTH_CRC_MISMATCH: {
    kind: 'anomaly',
    message: 'The checksum of a record length does not match',
    cause: 'Bytes were changed or inserted at this place, or the file is not a TFRecord file.',
    remedy:
      'Write the file again. Of an upload, the records found again after the damage were kept; a request is refused whole.',
  },
  TFRECORD_DATA_CRC_MISMATCH: {
    kind: 'anomaly',
    message: 'The checksum of a record does not match its bytes',
    cause: 'Bytes of this record were changed after it was written.',
    remedy: 'Write this record again. Of an upload, the other records were kept; a request is refused whole.',
  },
  TFRECORD_TRUNCATED: {
    kind: 'anomaly',
    message: 'The file ends inside a record',
    cause: 'The upload or the writer stopped early.',
    remedy:
      'Send the whole file again. Of an upload, the complete records were kept; a request is refused whole.',
  },
  TFRECORD_RECORD_TOO_LARGE: {
    kind: 'anomaly',
    message: 'A record announces more bytes than a record may have',
    cause: 'The file is not a TFRecord file, or a record holds far more than one clip.',
    remedy: 'Write one clip a record, below the limit.',
  },
  COMPRESSION_DAMAGED: {
    kind: 'anomaly',
    message: 'The compressed stream is damaged',
    cause: 'Bytes of the GZIP or ZLIB file were changed, or its end is missing.',
    remedy:
      'Send the file again. Of an upload, every record before the damage was kept; a request is refused whole.',
  },
  FILE_EMPTY: {
    kind: 'anomaly',
    message: 'The file holds no record',
    cause: 'Zero bytes were uploaded, or the writer closed before its first record.',
    remedy: 'Upload a file with at least one record, or delete this one.',
  },
  FILE_TOO_LARGE: {
    kind: 'anomaly',
    message: 'The file is larger than one file may be',
    cause: 'One function invocation shards one file, within its memory.',
    remedy: 'Split the data over several files.',
  },
  EXAMPLE_MALFORMED: {
    kind: 'anomaly',
    message: 'A record is not a tf.SequenceExample or tf.Example',
    cause: 'The bytes of the record are no valid protocol buffer of that type.',
    remedy: 'Write tf.SequenceExample records as AudioSet does, or tf.Example records.',
  },
  FEATURE_MISSING: {
    kind: 'anomaly',
    message: 'A feature that every clip needs is missing',
    cause: 'The record was written with another schema.',
    remedy: 'Write the feature under the expected name.',
  },
  FEATURE_WRONG_KIND: {
    kind: 'anomaly',
    message: 'A feature holds another kind of list than expected',
    cause: 'For example numbers written where a byte string is expected.',
    remedy: 'Write the feature with the expected kind.',
  },
  EMBEDDING_WRONG_WIDTH: {
    kind: 'anomaly',
    message: 'A frame has another width than the dataset',
    cause: 'Embeddings of another model, or signed or float values where uint8 is expected.',
    remedy: "Write frames of the dataset's width, or set the width in the dataset's configuration.",
  },
  EMBEDDING_NOT_FINITE: {
    kind: 'anomaly',
    message: 'A frame holds a value that is not a finite number',
    cause: 'NaN or infinity came out of the embedding model.',
    remedy: 'Compute the embedding again or leave the clip out.',
  },
  FRAMES_OUT_OF_RANGE: {
    kind: 'anomaly',
    message: 'A clip has too few or too many frames',
    cause: 'Empty audio gives no frame; longer audio gives more than the dataset allows.',
    remedy: "Cut long audio into clips, drop empty ones, or raise maxFrames in the dataset's configuration.",
  },
  CLIP_ID_INVALID: {
    kind: 'anomaly',
    message: 'The clip id is empty, too long or not UTF-8',
    cause: 'The id feature was written empty or as raw binary.',
    remedy: 'Write an id of 1 to 255 UTF-8 bytes.',
  },
  LABEL_INVALID: {
    kind: 'anomaly',
    message: 'A label index is not a whole number from 0 to 65535',
    cause: 'Labels are indices into the label list; they cannot be negative or larger.',
    remedy: 'Write the index column of the label list.',
  },
  LABELS_EMPTY: {
    kind: 'anomaly',
    message: 'A clip has no label',
    cause: 'Nobody labelled the clip.',
    remedy: 'Harmless if it is a true negative; otherwise label the clip.',
  },
  LABEL_REPEATED: {
    kind: 'anomaly',
    message: 'A clip names the same label more than once',
    cause: 'The labels were joined without removing doubles.',
    remedy: 'Nothing to do: the double was dropped.',
  },
  TIMES_INVALID: {
    kind: 'anomaly',
    message: 'Start and end of a clip are not finite numbers with start before end',
    cause: 'The times were swapped or not set.',
    remedy: 'Write start_time_seconds below end_time_seconds, or neither.',
  },
  DUPLICATE_CLIP_IN_FILE: {
    kind: 'anomaly',
    message: 'A clip id occurs more than once in a file',
    cause: 'The record was written twice.',
    remedy: 'Remove the copy. Of an upload, the first occurrence was kept; a request is refused whole.',
  },
} as const satisfies Record<string, CatalogueEntry>;
