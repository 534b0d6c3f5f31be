/**
 * What the local platform tells the page: plain types that need nothing of Node, as the page is checked without it. What
 * is filled in by others (a status, curves, listed models) is checked against their types where it is filled in.
 */

/** How far a file has come. */
export type FileStage = 'dropped' | 'validated' | 'sharded';

export interface FileState {
  /** Of the incoming object. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** ISO time. */
  readonly at: string;
  readonly stage: FileStage;
  /** Null until it is sharded. */
  readonly clips: number | null;
  readonly quarantined: number | null;
}

export interface DatasetState {
  readonly dataset: string;
  /** Stage → files that stand there. */
  readonly files: Readonly<Record<FileStage, number>>;
  readonly bytes: number;
  /** Sharded files whose figures are not in the sums yet; they are read by and by. */
  readonly unread: number;
  readonly clips: { readonly train: number; readonly eval: number };
  readonly shards: { readonly count: number; readonly bytes: number };
  readonly quarantined: {
    readonly files: number;
    readonly records: number;
    /** Those with the most records there. */
    readonly most: readonly { readonly file: string; readonly records: number; readonly reasons: string }[];
  };
  /** What was found in files, the most frequent first; of records or files. */
  readonly anomalies: readonly {
    readonly code: string;
    readonly count: number;
    readonly message: string;
    readonly remedy: string;
  }[];
  /** The last files, the latest first. */
  readonly latest: readonly FileState[];
}

export interface RunState {
  readonly run: string;
  readonly dataset: string | null;
  readonly model: string | null;
  /** Null before anybody works on it. */
  readonly status: {
    readonly phase: string;
    readonly attempt: number;
    readonly step: number;
    /** 0 while nobody knows. */
    readonly steps: number;
    readonly examplesPerSecond: number | null;
    readonly etaSeconds: number | null;
    readonly engine: string | null;
    readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  } | null;
  /** Of each network, as far as it is committed. */
  readonly curves: readonly {
    readonly loss: readonly { readonly step: number; readonly loss: number }[];
    readonly validation: readonly { readonly step: number; readonly mAP: number }[];
  }[];
  /** How it ended. */
  readonly result: {
    readonly version: string;
    readonly mAP: number;
    readonly AUC: number;
    readonly dPrime: number;
    readonly passed: boolean;
    readonly reason: string;
  } | null;
}

export interface ModelState {
  readonly model: string;
  readonly stable: string | null;
  readonly candidate: string | null;
  /** In the order of their numbers. */
  readonly versions: readonly {
    readonly version: string;
    readonly aliases: readonly string[];
    readonly complete: boolean;
    readonly run: string | null;
    readonly metrics: { readonly mAP: number | null; readonly dPrime: number | null };
  }[];
  /** Moves of the aliases, oldest first. */
  readonly history: readonly {
    readonly alias: string;
    readonly version: string | null;
    readonly from: string | null;
    /** ISO time. */
    readonly at: string;
    readonly reason: string;
  }[];
}

/** `GET /pipeline` of the local platform: all of it is read from the bucket and the platform's journal. */
export interface PipelineState {
  /** ISO time at which it was read. */
  readonly at: string;
  readonly events: {
    readonly underway: number;
    /** Given up, the latest last. */
    readonly deadLetters: readonly {
      readonly functionName: string;
      readonly key: string;
      readonly attempts: number;
      readonly reason: string;
    }[];
  };
  readonly datasets: readonly DatasetState[];
  /** The last ones, the latest first. */
  readonly runs: readonly RunState[];
  readonly models: readonly ModelState[];
}
