import { FindingsJudge, type Severity } from '../dataset/anomaly-rules.ts';
import type { AnomalyCode } from '../errors/catalogue.ts';
import type { Feature } from '../tfrecord/example.ts';
import { type Anomaly, anomaly } from './anomaly.ts';

/** The place of a record: object key, 0-based index, byte offset in the decompressed file. */
export interface RecordPlace {
  readonly file: string;
  readonly record: number;
  readonly offset: number;
}

/** Gathers everything that is wrong with one record. */
export class RecordFindings {
  readonly anomalies: Anomaly[] = [];
  private readonly place: RecordPlace;
  private readonly judge: FindingsJudge;

  constructor(place: RecordPlace, judge: FindingsJudge = new FindingsJudge()) {
    this.place = place;
    this.judge = judge;
  }

  get hasError(): boolean {
    return this.anomalies.some(({ severity }) => severity === 'error');
  }

  /** What no policy tolerates. */
  error(code: AnomalyCode, field: string | null, expected: string, received: string): void {
    this.anomalies.push(anomaly(code, { severity: 'error', ...this.place, field, expected, received }));
  }

  /** What is as bad as the dataset's policy says. */
  found(code: AnomalyCode, field: string | null, expected: string, received: string): Severity {
    const severity = this.judge.severityOf(code);
    if (severity !== 'ignore') {
      this.anomalies.push(anomaly(code, { severity, ...this.place, field, expected, received }));
    }
    return severity;
  }
}

/** For example `a float list of 128 values`. */
export function describeFeature(feature: Feature): string {
  if (feature.kind === 'none') return 'no list';
  const article = feature.kind === 'int64' ? 'an' : 'a';
  const count = feature.values.length;
  return `${article} ${feature.kind} list of ${count} ${count === 1 ? 'value' : 'values'}`;
}

const maxNameLength = 40;

/** The first five of many, for a message; names of the user's, which may be of any length, are cut. */
export function listBriefly(items: readonly (string | number | bigint)[]): string {
  const named = items.slice(0, 5).map((item) => {
    const text = `${item}`;
    return text.length > maxNameLength ? `${text.slice(0, maxNameLength)}…` : text;
  });
  return named.join(', ') + (items.length > 5 ? ` and ${items.length - 5} more` : '');
}
