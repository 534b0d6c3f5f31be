import type { Receipt, Snapshot } from '../dataset/documents.ts';
import { catalogue, type ErrorCode } from '../errors/catalogue.ts';

/** All occurrences of one code. */
export interface AnomalyGroup {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly count: number;
  readonly message: string;
  readonly remedy: string;
  /** The first ones in the order of the files: where, expected, received. */
  readonly examples: readonly AnomalyExample[];
}

export interface AnomalyExample {
  readonly file: string;
  readonly record: number | null;
  readonly offset: number | null;
  readonly clip: string | null;
  readonly field: string | null;
  readonly expected: string;
  readonly received: string;
}

const examplesListed = 5;

/** Groups what receipts and the settling of the dataset found, errors before warnings, the most frequent first. */
export function groupAnomalies(
  receipts: readonly Receipt[],
  excluded: Snapshot['excluded'],
  misplaced: readonly string[],
): AnomalyGroup[] {
  const groups = new Map<
    string,
    { count: number; severity: AnomalyGroup['severity']; examples: AnomalyExample[] }
  >();
  const groupOf = (code: string, severity: AnomalyGroup['severity']) => {
    const group = groups.get(code) ?? { count: 0, severity, examples: [] };
    groups.set(code, group);
    return group;
  };
  for (const { anomalyCounts, anomalies } of receipts) {
    for (const anomaly of anomalies) {
      const { examples } = groupOf(anomaly.code, anomaly.severity);
      if (examples.length < examplesListed) examples.push({ ...anomaly, clip: null });
    }
    // The list of a receipt may be cut; its counts are exact.
    for (const [code, count] of Object.entries(anomalyCounts)) groupOf(code, 'error').count += count;
  }
  for (const { code, clip, split, file, received } of excluded) {
    const group = groupOf(code, code === 'LABEL_UNKNOWN' ? 'error' : 'warning');
    group.count++;
    const example = { file, record: null, offset: null, clip, field: split, expected: '', received };
    if (group.examples.length < examplesListed) group.examples.push(example);
  }
  for (const key of misplaced) {
    const group = groupOf('INCOMING_KEY_INVALID', 'error');
    group.count++;
    const expected = 'incoming/<dataset>/<train|eval|all>/<file>.tfrecord[.gz]';
    const example = {
      file: key,
      record: null,
      offset: null,
      clip: null,
      field: 'key',
      expected,
      received: key,
    };
    if (group.examples.length < examplesListed) group.examples.push(example);
  }
  return [...groups]
    .map(([code, group]) => {
      const entry = catalogue[code as ErrorCode] as (typeof catalogue)[ErrorCode] | undefined;
      return { code, ...group, message: entry?.message ?? code, remedy: entry?.remedy ?? '' };
    })
    .sort((a, b) => rank(a) - rank(b) || b.count - a.count || (a.code < b.code ? -1 : 1));
}

const rank = ({ severity }: { severity: AnomalyGroup['severity'] }) => (severity === 'error' ? 0 : 1);
