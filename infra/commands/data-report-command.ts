import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDatasetName } from '../../shared/dataset/keys.ts';
import { counted, groupText } from '../../shared/dataset-report/anomaly-text.ts';
import { collectReport, type DatasetReport } from '../../shared/dataset-report/collect-report.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { reportPage } from './report-page.ts';

/** @throws USAGE, DATASET_EMPTY */
export async function writeDataReport(
  store: ObjectStore,
  dataset: string,
  file: string,
): Promise<DatasetReport> {
  if (!isDatasetName(dataset)) {
    throw new EarshotError('USAGE', {
      field: 'data report',
      expected: '<dataset>',
      received: dataset || 'nothing',
    });
  }
  const report = await collectReport(store, dataset);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, reportPage(report));
  return report;
}

/** The summary for people. */
export function reportLines(report: DatasetReport): string[] {
  const { train, eval: evaluation, labels } = report;
  const unused = labels.filter(({ index }) => (train.clipsPerLabel[index] ?? 0) === 0).length;
  return [
    `${report.dataset}: ${counted(report.files, 'file')}, ${train.clips} training and ${evaluation.clips} eval clips, ${labels.length} labels`,
    `labels given: ${train.labels} in train, ${evaluation.labels} in eval; ${unused} labels have no training clip`,
    ...(report.pending > 0 ? [`not validated and sharded yet: ${counted(report.pending, 'file')}`] : []),
    ...(report.quarantinedRecords > 0
      ? [
          `in quarantine: ${counted(report.quarantinedRecords, 'record')} of ${counted(report.quarantinedFiles, 'file')}`,
        ]
      : []),
    ...(report.anomalies.length === 0 ? ['no anomalies'] : []),
    ...duplicateLines(report),
    ...lateLabelLines(report),
    ...report.anomalies.flatMap((group) => [`${group.severity}: ${groupText(group)}`, `  ${group.remedy}`]),
  ];
}

function duplicateLines({ duplicateFiles, duplicateClips, leakedClips }: DatasetReport): string[] {
  const copies = duplicateFiles.reduce((sum, { keys }) => sum + keys.length - 1, 0);
  return [
    `duplicates left out: ${counted(duplicateClips, 'clip')}; leaks left out of train: ${counted(leakedClips, 'clip')}`,
    ...(copies > 0
      ? [
          `files of the same content under several keys: ${copies}, first ${duplicateFiles[0]!.keys.join(', ')}`,
        ]
      : []),
  ];
}

function lateLabelLines({ dataset, lateLabels: { clips, indices, highest, list } }: DatasetReport): string[] {
  if (clips === 0) return [];
  const named = list ?? `AudioSet's list, as there is no datasets/${dataset}.labels.csv`;
  return [
    `waiting for labels that are not in ${named}: ${counted(clips, 'clip')}, ${counted(indices, 'label')}, up to index ${highest}`,
  ];
}
