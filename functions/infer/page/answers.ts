/** What the page reads of the answers of infer; docs/openapi.json has the whole of them. */
export interface Health {
  readonly model: string;
  readonly version: string;
  readonly labels: number;
  readonly input: {
    readonly width: number;
    readonly max_frames: number;
    readonly dtype: 'uint8' | 'float32';
  };
  /** Whether the head scores each frame before it pools them. */
  readonly scores_frames: boolean;
}

export interface Label {
  /** The label's mid. */
  readonly id: string;
  readonly name: string;
}

export interface Prediction {
  readonly label_id: string;
  readonly label: string;
  readonly probability: number;
}

export interface TimedPredictions {
  /** Seconds from the clip's first frame. */
  readonly start: number;
  readonly end: number;
  readonly predictions: readonly Prediction[];
}

export interface ClipAnswer {
  readonly id: string | null;
  readonly predictions: readonly Prediction[];
  readonly frames?: readonly TimedPredictions[];
  /** Of what is longer than the model takes. */
  readonly windows?: readonly TimedPredictions[];
}

export interface PredictAnswer {
  readonly model: string;
  readonly version: string;
  readonly clips: readonly ClipAnswer[];
}

/** A clip that can be shown, whatever it came from. */
export interface Clip {
  readonly id: string;
  /** Second of its video or recording at which it begins; null when nobody says. */
  readonly start: number | null;
  /** What it is labelled with; null when nobody says. */
  readonly truth: readonly Label[] | null;
  /** `[frames][width]`, row-major; null when the page could not read them. */
  readonly frames: Uint8Array | Float32Array | null;
}
