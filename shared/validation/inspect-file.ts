import type { Clip } from '../dataset/clip-table.ts';
import type { Anomaly } from './anomaly.ts';
import type { ClipSink, InspectionRules } from './clip-scanner.ts';
import { clipOfView } from './clip-view.ts';
import { type FileSummary, Inspection } from './inspect-clips.ts';

interface InspectedSpan {
  /** 0-based place in the file, counting damaged records too. */
  readonly record: number;
  /** Byte offset in the decompressed file. */
  readonly offset: number;
  /** Bytes of the file that it takes up, framing included. */
  readonly length: number;
}

export interface InspectedClip extends InspectedSpan {
  readonly kind: 'clip';
  readonly clip: Clip;
  /** Warnings only. */
  readonly anomalies: readonly Anomaly[];
}

export interface InspectedBad extends InspectedSpan {
  readonly kind: 'bad';
  /** What to quarantine: the record's payload, or the unreadable bytes themselves. */
  readonly payload: Uint8Array;
  /** At least one error; empty for the further parts of a long unreadable span. */
  readonly anomalies: readonly Anomaly[];
}

export interface InspectedEnd extends FileSummary {
  readonly kind: 'end';
}

export type InspectedRecord = InspectedClip | InspectedBad | InspectedEnd;

/** `inspectClips` for those who want the clips themselves, one by one; ends with one `end`. */
export async function* inspectFile(
  chunks: AsyncIterable<Uint8Array>,
  rules: InspectionRules,
  file: string,
): AsyncGenerator<InspectedRecord> {
  let seen: InspectedRecord[] = [];
  const sink: ClipSink = {
    clip: (view, anomalies, record, offset, length) => {
      seen.push({ kind: 'clip', record, offset, length, clip: clipOfView(view, rules.width), anomalies });
    },
    bad: (payload, anomalies, record, offset, length) => {
      seen.push({ kind: 'bad', record, offset, length, payload, anomalies });
    },
  };
  const inspection = new Inspection(chunks, rules, file, sink);
  for await (const chunk of inspection.content) {
    const wanted = inspection.push(chunk);
    yield* seen;
    seen = [];
    if (!wanted) break;
  }
  const summary = inspection.end();
  yield* seen;
  yield { kind: 'end', ...summary };
}
