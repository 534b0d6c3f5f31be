import type { CatalogueEntry } from './entry.ts';

/** Codes of engines, models and training runs. */
export const trainingCodes = {
  ENGINE_UNAVAILABLE: {
    kind: 'user',
    message: 'The TensorFlow.js engine that was asked for cannot be loaded',
    cause: 'The native library is not installed, or this Node version cannot load it.',
    remedy: 'Run npm run setup:native, or set EARSHOT_ENGINE to wasm.',
    status: 500,
    exit: 3,
  },
  MODEL_CORRUPT: {
    kind: 'fault',
    message: 'The saved model does not match its checksum or its description',
    cause: 'An object of the model was changed or cut after it was written.',
    remedy: 'Roll the alias back to another version, or train again.',
  },
  MODEL_FORMAT_UNSUPPORTED: {
    kind: 'user',
    message: 'The saved model is of a format that this version does not read',
    cause: 'It was published by an earlier version of Earshot, or not by Earshot.',
    remedy: 'Start a run to publish the model anew, or roll the alias back to a version of this format.',
    status: 503,
    exit: 6,
  },
  MODEL_MISSING: {
    kind: 'user',
    message: 'There is no such model',
    cause: 'No run has published a model under this name yet.',
    remedy: 'Upload clips and start a run, or check the name.',
    status: 503,
    exit: 6,
  },
  RUN_REQUEST_INVALID: {
    kind: 'user',
    message: 'The run request is not valid',
    cause: 'runs/<run>/request.json has an unknown or wrong property.',
    remedy: 'Correct the property named here and upload the file again.',
    exit: 3,
  },
  TRAINING_DIVERGED: {
    kind: 'user',
    message: 'The loss is no longer a finite number',
    cause: 'The learning rate is too high for this data.',
    remedy: 'Start a new run with a lower learningRate; the last good checkpoint was kept.',
    exit: 5,
  },
  RUN_FENCED: {
    kind: 'fault',
    message: 'Another trainer has taken this run over',
    cause: 'The sweep restarted the run while this trainer was still alive.',
    remedy: 'Nothing: the newer trainer carries on from the last checkpoint.',
  },
  CHECKPOINT_CORRUPT: {
    kind: 'fault',
    message: 'The checkpoint does not match its checksum',
    cause: 'The object was changed or cut after it was written.',
    remedy: 'Delete runs/<run>/checkpoint/ to start the run from its beginning.',
  },
  JOB_START_FAILED: {
    kind: 'fault',
    message: 'The training job could not be started',
    cause: 'Code Engine refused or did not answer.',
    remedy: 'See the answer; the sweep tries again.',
    status: 503,
    exit: 6,
  },
  GATE_NOT_PASSED: {
    kind: 'user',
    message: 'The new model did not pass the gate, so the alias stays where it is',
    cause: 'It is not better than the prior, or worse than the model being served.',
    remedy: "See the run's report; more data or more steps may help.",
    exit: 5,
  },
} as const satisfies Record<string, CatalogueEntry>;
