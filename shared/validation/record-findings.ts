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

  constructor(place: RecordPlace) {
    this.place = place;
  }

  get hasError(): boolean {
    return this.anomalies.some(({ severity }) => severity === 'error');
  }

  error(code: AnomalyCode, field: string | null, expected: string, received: string): void {
    this.anomalies.push(anomaly(code, { severity: 'error', ...this.place, field, expected, received }));
  }

  warning(code: AnomalyCode, field: string | null, expected: string, received: string): void {
    this.anomalies.push(anomaly(code, { severity: 'warning', ...this.place, field, expected, received }));
  }
}

/** For example `a float list of 128 values`. */
export function describeFeature(feature: Feature): string {
  if (feature.kind === 'none') return 'no list';
  const article = feature.kind === 'int64' ? 'an' : 'a';
  const count = feature.values.length;
  return `${article} ${feature.kind} list of ${count} ${count === 1 ? 'value' : 'values'}`;
}

/** The first few of many, for a message. */
export function listBriefly(items: readonly (string | number | bigint)[], most = 5): string {
  const named = items.slice(0, most).join(', ');
  return items.length > most ? `${named} and ${items.length - most} more` : named;
}
