import type { DatasetPolicyCode } from '../dataset/anomaly-rules.ts';
import type { Receipt } from '../dataset/documents.ts';
import type { Exclusions } from '../dataset/settle-clips.ts';
import type { SourceState } from '../dataset/settled-sources.ts';
import { type AnomalyCode, catalogue } from '../errors/catalogue.ts';

/** All occurrences of one code. */
export interface AnomalyGroup {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** Of what `unit` says. */
  readonly count: number;
  readonly unit: 'record' | 'file' | 'clip';
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

export const examplesListed = 5;

const fileCodes: readonly string[] = [
  'COMPRESSION_DAMAGED',
  'FILE_EMPTY',
  'FILE_TOO_LARGE',
  'INCOMING_KEY_INVALID',
];

interface Gathered {
  readonly unit: AnomalyGroup['unit'];
  count: number;
  severity: AnomalyGroup['severity'];
  readonly examples: AnomalyExample[];
}

/**
 * Groups what the files and the settling of the dataset are found to have, errors before warnings, the most frequent
 * first.
 * @param receipts of the files that the examples are taken from, in the order of their keys
 */
export function groupAnomalies(
  { entries, misplaced, config: { policy } }: SourceState,
  receipts: readonly Receipt[],
  { counts, listed }: Exclusions,
): AnomalyGroup[] {
  const groups = new Map<string, Gathered>();
  const groupOf = (code: string, unit: Gathered['unit'], severity: Gathered['severity'] = 'warning') => {
    const group = groups.get(code) ?? { unit, count: 0, severity, examples: [] };
    groups.set(code, group);
    return group;
  };
  const unitOf = (code: string) => (fileCodes.includes(code) ? 'file' : 'record');
  for (const { anomalyCounts } of entries) {
    for (const [code, count] of Object.entries(anomalyCounts)) groupOf(code, unitOf(code)).count += count;
  }
  for (const anomaly of receipts.flatMap(({ anomalies }) => anomalies)) {
    const group = groupOf(anomaly.code, unitOf(anomaly.code));
    if (anomaly.severity === 'error') group.severity = 'error';
    if (group.examples.length < examplesListed) group.examples.push(exampleOf(anomaly));
  }
  for (const [code, count] of Object.entries(counts) as [DatasetPolicyCode, number][]) {
    groupOf(code, 'clip', policy[code] === 'error' ? 'error' : 'warning').count = count;
  }
  for (const { code, clip, split, file, received } of listed) {
    const { examples } = groupOf(code, 'clip');
    const example = { ...nowhere, file, clip, field: split, expected: '', received };
    if (examples.length < examplesListed) examples.push(example);
  }
  for (const { key } of misplaced) {
    const group = groupOf('INCOMING_KEY_INVALID', 'file', 'error');
    group.count++;
    const expected = 'incoming/<dataset>/<train|eval|all>/<file>.tfrecord[.gz]';
    const example = { ...nowhere, file: key, field: 'key', expected, received: key };
    if (group.examples.length < examplesListed) group.examples.push(example);
  }
  return [...groups]
    .map(([code, group]) => {
      const { message, remedy } = catalogue[code as AnomalyCode] ?? { message: code, remedy: '' };
      return { code, ...group, message, remedy };
    })
    .sort((a, b) => rank(a) - rank(b) || b.count - a.count || (a.code < b.code ? -1 : 1));
}

const nowhere = { record: null, offset: null, clip: null };

function exampleOf(anomaly: Receipt['anomalies'][number]): AnomalyExample {
  const { file, record, offset, field, expected, received } = anomaly;
  return { file, record, offset, clip: null, field, expected, received };
}

const rank = ({ severity }: { severity: AnomalyGroup['severity'] }) => (severity === 'error' ? 0 : 1);
