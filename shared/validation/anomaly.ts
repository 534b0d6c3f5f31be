import { type AnomalyCode, catalogue } from '../errors/catalogue.ts';

/** Something wrong, or odd, in the user's data, named to the record. */
export interface Anomaly {
  readonly code: AnomalyCode;
  /** `error`: the record is quarantined; `warning`: it is kept. */
  readonly severity: 'error' | 'warning';
  /** Object key of the file. */
  readonly file: string;
  /** 0-based index of the record in the file; null when it concerns the whole file. */
  readonly record: number | null;
  /** Byte offset, in the decompressed file, of the record or of the damage. */
  readonly offset: number | null;
  readonly field: string | null;
  readonly expected: string;
  readonly received: string;
  readonly remedy: string;
}

export function anomaly(code: AnomalyCode, where: Omit<Anomaly, 'code' | 'remedy'>): Anomaly {
  return { code, ...where, remedy: catalogue[code].remedy };
}
