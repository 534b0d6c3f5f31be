import { basename } from 'node:path';
import type { Snapshot } from '../../shared/dataset/documents.ts';
import { catalogue, type ErrorCode } from '../../shared/errors/catalogue.ts';
import type { RunReport } from '../../shared/runs/documents.ts';

/** The last line of `serverless local --json`. */
export interface Summary {
  readonly dataset: string;
  readonly files: number;
  readonly clips: { readonly train: number; readonly eval: number };
  /** Labels in the label list. */
  readonly labels: number;
  /** Labels given to clips. */
  readonly labelled: { readonly train: number; readonly eval: number };
  readonly quarantined: { readonly files: number; readonly records: number };
  /** Code → count. */
  readonly anomalies: Readonly<Record<string, number>>;
  readonly snapshot: string;
  readonly engine: string;
  readonly steps: number;
  /** `<name>/<version>` */
  readonly model: string;
  readonly mAP: number;
  readonly AUC: number;
  readonly dPrime: number;
  /** mAP of the true posteriors; null where nobody knows them. */
  readonly ceiling: number | null;
  /** Stage → seconds. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly urls: Readonly<Record<'predict' | 'health' | 'bucket', string>>;
}

export function summaryOf(parts: {
  snapshot: Snapshot;
  snapshotKey: string;
  report: RunReport;
  ceiling: number | null;
  seconds: Readonly<Record<string, number>>;
  urls: Summary['urls'];
}): Summary {
  const { snapshot, report } = parts;
  const { train, eval: evaluation } = snapshot.splits;
  return {
    dataset: snapshot.dataset,
    files: snapshot.sources.files,
    clips: { train: train.clips, eval: evaluation.clips },
    labels: snapshot.labels.length,
    labelled: { train: train.labels, eval: evaluation.labels },
    quarantined: { files: snapshot.sources.quarantinedFiles, records: snapshot.sources.quarantinedRecords },
    anomalies: snapshot.anomalyCounts,
    snapshot: basename(parts.snapshotKey, '.json'),
    engine: report.engine,
    steps: report.steps,
    model: `${report.model}/${report.version}`,
    mAP: report.metrics.mAP,
    AUC: report.metrics.AUC,
    dPrime: report.metrics.dPrime,
    ceiling: parts.ceiling,
    seconds: parts.seconds,
    urls: parts.urls,
  };
}

/** The summary for people. */
export function summaryLines(summary: Summary): string[] {
  const { clips, quarantined, ceiling } = summary;
  const share =
    ceiling === null
      ? ''
      : ` (${((100 * summary.mAP) / ceiling).toFixed(1)} % of the ceiling ${figure(ceiling)})`;
  return [
    `${summary.files} files, ${clips.train} training and ${clips.eval} eval clips, ${summary.labels} labels`,
    ...(quarantined.records > 0
      ? [`in quarantine: ${counted(quarantined.records, 'record')} of ${counted(quarantined.files, 'file')}`]
      : []),
    ...Object.entries(summary.anomalies).map(([code, count]) => anomalyLine(code, count)),
    `model ${summary.model}: mAP ${figure(summary.mAP)}${share}, AUC ${figure(summary.AUC)}, d-prime ${figure(summary.dPrime)}`,
  ];
}

function anomalyLine(code: string, count: number): string {
  const entry = catalogue[code as ErrorCode] as (typeof catalogue)[ErrorCode] | undefined;
  return `  ${count} × ${code}: ${entry?.message ?? ''}. ${entry?.remedy ?? ''}`;
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
const figure = (value: number) => value.toFixed(4);
