import type { CatalogueEntry } from './entry.ts';

/** Codes of the commands, of configuration and of the local platform. */
export const platformCodes = {
  USAGE: {
    kind: 'user',
    message: 'The command was not understood',
    cause: 'An option is unknown, repeated or has a wrong value.',
    remedy: 'Run the command with --help.',
    exit: 2,
  },
  SERVICE_INVALID: {
    kind: 'user',
    message: 'serverless.yml is not valid',
    cause: 'A property is unknown, missing or wrong.',
    remedy: 'Correct the property named here.',
    exit: 3,
  },
  SETTING_INVALID: {
    kind: 'user',
    message: 'An environment variable is missing or not valid',
    cause: 'The platform sets it from serverless.yml; by hand it must be given.',
    remedy: 'Set the variable named here.',
    status: 500,
    exit: 3,
  },
  DATA_UNREADABLE: {
    kind: 'user',
    message: 'The data cannot be read',
    cause: 'The path does not exist, or is no .tfrecord file, no folder and no tar, tar.gz or tar.xz.',
    remedy: 'Give a .tfrecord file, or a folder or an archive with such files.',
    exit: 2,
  },
  NO_GOOD_CLIP: {
    kind: 'user',
    message: 'No good clip was found in the data',
    cause: 'Every record was quarantined, or there was none.',
    remedy: 'See the anomalies above; each names its file, record and remedy.',
    exit: 4,
  },
  PORT_IN_USE: {
    kind: 'user',
    message: 'The port is in use',
    cause: 'Another program, maybe another Earshot, listens on it.',
    remedy: 'Stop it, or give another port with --port.',
    exit: 3,
  },
  STATE_IN_USE: {
    kind: 'user',
    message: 'The state folder is in use by another Earshot',
    cause: 'A platform is already running on it.',
    remedy: 'Stop it, or give another folder with --persist-to.',
    exit: 3,
  },
  STATE_DAMAGED: {
    kind: 'fault',
    message: 'A file of the state folder is damaged',
    cause: 'The disk lost it, or something else wrote there.',
    remedy: 'Move the file named here away, or give an empty folder with --persist-to.',
    exit: 1,
  },
  EVENTS_DAMAGED: {
    kind: 'fault',
    message: 'The journal of events is damaged',
    cause: 'The disk lost a part of it, or something else wrote there.',
    remedy:
      'Move the file named here away and start again: the sweep finds what its events were about; its dead letters are lost.',
    exit: 1,
  },
  EVENTS_NOT_WRITTEN: {
    kind: 'fault',
    message: 'The journal of events cannot be written',
    cause: 'Most often the disk is full. The change that it would have told of was not made.',
    remedy: 'Make room on the disk; what was refused is safe to repeat.',
    exit: 1,
  },
  REPLAY_UNMATCHED: {
    kind: 'user',
    message: 'There is nothing to replay under this key or prefix',
    cause: 'No object and no dead letter begins so, or no subscription matches them.',
    remedy:
      'See npx serverless dead-letters for what was given up, and serverless.yml for the subscriptions.',
    status: 404,
    exit: 2,
  },
  REPLAY_FAILED: {
    kind: 'fault',
    message: 'A replayed event failed again',
    cause: 'What was wrong before is wrong still; see the reason of each.',
    remedy: 'Mend the cause and replay again; the event is among the dead letters.',
    exit: 1,
  },
  PLATFORM_NOT_RUNNING: {
    kind: 'user',
    message: 'No Earshot runs on this state folder',
    cause:
      'The command needs a bucket: that of the local platform, or one named by COS_ENDPOINT, COS_BUCKET and keys.',
    remedy: 'Start one with npm start, set the variables, or add --cloud for the deployment of the stage.',
    exit: 3,
  },
  FUNCTION_TIMED_OUT: {
    kind: 'fault',
    message: 'A function did not answer within its time limit',
    cause: 'The work is too large for one invocation, or it hangs.',
    remedy: 'Raise the timeout in serverless.yml, or split the input.',
    status: 504,
    exit: 7,
  },
  FUNCTION_CRASHED: {
    kind: 'fault',
    message: 'A function ended without an answer',
    cause: 'It ran out of its memory limit, or threw outside an invocation.',
    remedy: 'See its log; raise the memory in serverless.yml if it ran out.',
    status: 502,
    exit: 1,
  },
  RUN_FAILED: {
    kind: 'fault',
    message: 'The training run failed',
    cause: 'See its status and the log of the job.',
    remedy: 'Mend the cause and start a new run.',
    exit: 1,
  },
  TIMED_OUT: {
    kind: 'fault',
    message: 'It took longer than allowed',
    cause: 'A stage of the pipeline makes no progress.',
    remedy: 'Look at the log of the stage named here.',
    exit: 7,
  },
  ORIGIN_REFUSED: {
    kind: 'user',
    message: 'Only the page of this platform may ask for this',
    cause:
      'A page of another origin asked, or the platform was called by another name than 127.0.0.1 or localhost.',
    remedy: 'Open the address that the platform printed, and ask from there.',
    status: 403,
  },
} as const satisfies Record<string, CatalogueEntry>;
