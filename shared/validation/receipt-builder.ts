import type { Receipt } from '../dataset/documents.ts';
import { frameRecord } from '../tfrecord/writer.ts';
import type { Anomaly } from './anomaly.ts';

/** Anomalies, and reasons for quarantine, listed of one file; the counts stay exact beyond it. */
const maxListed = 10_000;
/** Bytes of bad records copied to quarantine: 16 files are validated at once in one instance. The source keeps all. */
const maxQuarantineBytes = 32 * 1024 * 1024;

/** Why a record is in quarantine. */
interface RecordReasons {
  /** 0-based record of the quarantine file; null when the bytes did not fit into it. */
  readonly quarantineRecord: number | null;
  readonly anomalies: readonly Anomaly[];
}

export interface Quarantine {
  /** The bad records as a valid TFRecord. */
  readonly file: Uint8Array;
  /** Beside it: why they are there. */
  readonly reasons: { readonly records: readonly RecordReasons[]; readonly recordsOmitted: number };
}

/** Gathers what validate sees of one file, record by record. */
export class ReceiptBuilder {
  records = 0;
  clips = 0;
  labels = 0;
  badRecords = 0;
  /** Code → records that have it. */
  readonly counts: Record<string, number> = {};
  readonly listed: Anomaly[] = [];
  omitted = 0;
  readonly good: Receipt['good'] = [];
  private readonly reasons: RecordReasons[] = [];
  private reasonsOmitted = 0;
  private readonly bad: Uint8Array[] = [];
  private badBytes = 0;

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
    const fits = this.badBytes + payload.length <= maxQuarantineBytes;
    if (this.reasons.length < maxListed) {
      this.reasons.push({ quarantineRecord: fits ? this.bad.length : null, anomalies });
    } else {
      this.reasonsOmitted++;
    }
    if (!fits) return;
    this.bad.push(frameRecord(payload));
    this.badBytes += payload.length;
  }

  /** What was found in one record, or in the file as a whole. */
  note(anomalies: readonly Anomaly[]): void {
    for (const code of new Set(anomalies.map((anomaly) => anomaly.code))) {
      this.counts[code] = (this.counts[code] ?? 0) + 1;
    }
    for (const anomaly of anomalies) {
      if (this.listed.length < maxListed) this.listed.push(anomaly);
      else this.omitted++;
    }
  }

  /** Null when no record is bad. */
  quarantine(): Quarantine | null {
    const { reasons, reasonsOmitted: recordsOmitted } = this;
    if (reasons.length === 0) return null;
    return { file: Buffer.concat(this.bad), reasons: { records: reasons, recordsOmitted } };
  }
}
