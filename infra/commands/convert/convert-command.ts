import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { CommandContext, Outcome } from '../command-outcome.ts';
import { type ConvertReport, convertClips } from './convert-clips.ts';
import { type ConvertOptions, parseConvertOptions } from './convert-options.ts';
import { datasetFiles } from './dataset-files.ts';

/** `data convert`. @throws as `convertClips` */
export async function runConvert({ options, reporter }: CommandContext): Promise<Outcome> {
  const asked = parseConvertOptions(options);
  const report = await convert(asked);
  for (const warning of convertWarnings(report)) reporter.warn(warning);
  return { lines: convertLines(report), json: report };
}

/** The folder appears under its name once it is whole; what fails leaves nothing behind. */
export async function convert(options: ConvertOptions): Promise<ConvertReport> {
  const { output, force } = options;
  const there = await readdir(output).catch(() => [] as string[]);
  const isOurs = Object.values(datasetFiles).every((name) => there.includes(name));
  if (there.length > 0 && !(force && isOurs)) {
    const expected = isOurs ? 'a new folder, or --force to replace the one of before' : 'a new folder';
    throw new EarshotError('USAGE', {
      field: '--output',
      expected,
      received: `${output}, which is not empty`,
    });
  }
  const unfinished = path.join(path.dirname(output), `.${path.basename(output)}-${process.pid}.unfinished`);
  try {
    await mkdir(unfinished, { recursive: true });
    const report = await convertClips(options, unfinished);
    await rm(output, { recursive: true, force: true });
    await rename(unfinished, output);
    return report;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

const named = 5;

function convertWarnings({ labels, unused, skipped }: ConvertReport): string[] {
  const lacking = (split: 'train' | 'eval') =>
    labels.filter((label) => label[split] === 0).map(({ displayName }) => displayName);
  return [
    ...(skipped > 0 ? [`left out, as they have no label: ${skipped} clips`] : []),
    ...(unused.length > 0 ? [`lines of the label file without embeddings: ${listed(unused)}`] : []),
    ...(lacking('train').length > 0 ? [`no training clip has the label ${listed(lacking('train'))}`] : []),
    ...(lacking('eval').length > 0
      ? [`no eval clip has the label ${listed(lacking('eval'))}: it cannot be measured`]
      : []),
  ];
}

const listed = (names: readonly string[]) =>
  names.slice(0, named).join(', ') + (names.length > named ? ` and ${names.length - named} more` : '');

function convertLines({ output, clips, frames, files, bytes, shape, labels }: ConvertReport): string[] {
  const width = Math.max(...labels.map(({ displayName }) => displayName.length));
  return [
    ...labels
      .slice(0, 50)
      .map(
        (label) =>
          `  ${label.displayName.padEnd(width)}  ${label.train} training and ${label.eval} eval clips`,
      ),
    ...(labels.length > 50 ? [`  and ${labels.length - 50} more labels in ${datasetFiles.labels}`] : []),
    `${clips.train} training and ${clips.eval} eval clips, ${frames} frames of ${shape.width} values (${shape.dtype}), ${labels.length} labels`,
    `${path.relative(process.cwd(), output) || '.'}: ${files} TFRecord files, ${(bytes / 1e6).toFixed(1)} MB, ${datasetFiles.labels}, ${datasetFiles.config}`,
  ];
}
