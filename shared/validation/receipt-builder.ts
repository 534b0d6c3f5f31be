import type { Receipt } from '../dataset/documents.ts';
import { frameRecord } from '../tfrecord/writer.ts';
import type { Anomaly } from './anomaly.ts';

/** Anomalies listed in one receipt; the counts stay exact beyond it. */
const maxListed = 10_000;
/** Bytes of bad records copied to quarantine; the source keeps everything. */
const maxQuarantineBytes = 128 * 1024 * 1024;

/** Why a record is in quarantine, beside the quarantine file. */
export interface QuarantineReasons {
  /** 0-based record of the quarantine file; null when the bytes did not fit into it. */
  readonly quarantineRecord: number | null;
  readonly anomalies: readonly Anomaly[];
}

/** Gathers what validate sees of one file, record by record. */
export class ReceiptBuilder {
  records = 0;
  clips = 0;
  labels = 0;
  badRecords = 0;
  readonly counts: Record<string, number> = {};
  readonly listed: Anomaly[] = [];
  omitted = 0;
  readonly good: Receipt['good'] = [];
  readonly reasons: QuarantineReasons[] = [];
  private readonly quarantine: Uint8Array[] = [];
  private quarantineBytes = 0;

  addClip(
    record: number,
    offset: number,
    length: number,
    labels: number,
    warnings: readonly Anomaly[],
  ): void {
    this.clips++;
    this.labels += labels;
    this.note(warnings);
    const last = this.good.at(-1);
    if (last !== undefined && last[0] + last[1] === record && last[2] + last[3] === offset) {
      last[1]++;
      last[3] += length;
    } else {
      this.good.push([record, 1, offset, length]);
    }
  }

  /** The further parts of a long unreadable span come with no anomaly of their own. */
  addBad(payload: Uint8Array, anomalies: readonly Anomaly[]): void {
    this.note(anomalies);
    if (anomalies.length > 0) this.badRecords++;
    const fits = this.quarantineBytes + payload.length <= maxQuarantineBytes;
    this.reasons.push({ quarantineRecord: fits ? this.quarantine.length : null, anomalies });
    if (!fits) return;
    this.quarantine.push(frameRecord(payload));
    this.quarantineBytes += payload.length;
  }

  note(anomalies: readonly Anomaly[]): void {
    for (const anomaly of anomalies) {
      this.counts[anomaly.code] = (this.counts[anomaly.code] ?? 0) + 1;
      if (this.listed.length < maxListed) this.listed.push(anomaly);
      else this.omitted++;
    }
  }

  /** The bad records as a valid TFRecord; null when there are none. */
  quarantineFile(): Uint8Array | null {
    return this.quarantine.length === 0 ? null : Buffer.concat(this.quarantine);
  }
}
