import path from 'node:path';
import { isDatasetName } from '../../shared/dataset/keys.ts';
import { counted } from '../../shared/dataset-report/anomaly-text.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { openBucket } from '../local/running-platform.ts';
import { cloudPlace, openCloudBucket } from './cloud/cloud-place.ts';
import { type CommandContext, type Outcome, wordsOf } from './command-outcome.ts';
import { reportLines, writeDataReport } from './data-report-command.ts';
import { deadLetterLines, listDeadLetters, replay, replayFailure, replayLines } from './events-commands.ts';
import { expectDataset } from './named-dataset.ts';
import { parseSearchOptions, search, searchLines } from './search-command.ts';
import { train, trainLines } from './train-command.ts';
import { parseTrainOptions } from './train-options.ts';
import { parseUploadArguments, type UploadReport, upload } from './upload-command.ts';

/** How often to look at a run, and how long it may take to begin: locally, and in the cloud, where a look costs. */
const following = {
  local: { pollMs: 300, patienceMs: 15 * 60_000 },
  cloud: { pollMs: 5000, patienceMs: 30 * 60_000 },
} as const;

export async function runUpload(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  const asked = parseUploadArguments(wordsOf(options['path']), options['dry-run'] === true);
  const report = await upload(await bucketOf(context), asked, reporter);
  return { lines: [uploadLine(report)], json: report };
}

function uploadLine({ dataset, uploaded, unchanged, bytes, dryRun, described }: UploadReport): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const more = described.map((key) => `; ${key}`).join('');
  return `${dataset}: ${dryRun ? 'would upload' : 'uploaded'} ${counted(uploaded, 'file')}, ${size}; ${unchanged} were there unchanged${more}`;
}

export async function runDataReport(context: CommandContext): Promise<Outcome> {
  const { options } = context;
  const dataset = wordsOf(options['dataset'])[0] ?? '';
  const file = path.resolve(String(options['output'] ?? `${dataset}-report.html`));
  const store = await bucketOf(context);
  if (isDatasetName(dataset)) await expectDataset(store, dataset);
  const report = await writeDataReport(store, dataset, file);
  return { lines: [...reportLines(report), `page: ${path.relative(process.cwd(), file)}`], json: report };
}

/** `train`. Ctrl-C ends the command, not the run. */
export async function runTrain(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  const asked = parseTrainOptions(options, new Date());
  const store = await bucketOf(context);
  await expectDataset(store, asked.request.dataset);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new EarshotError('INTERRUPTED', { received: 'Ctrl-C' })));
  const { pollMs, patienceMs } = following[isInCloud(context) ? 'cloud' : 'local'];
  const { signal } = interrupted;
  const report = await train(asked, { store, reporter, signal, pollMs, patienceMs }).catch(
    (error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    },
  );
  return { lines: trainLines(report), json: report };
}

export async function runSearch(context: CommandContext): Promise<Outcome> {
  const asked = parseSearchOptions(context.options);
  const report = await search(await bucketOf(context), asked);
  return { lines: searchLines(report), json: report };
}

export async function runDeadLetters(context: CommandContext): Promise<Outcome> {
  const letters = await listDeadLetters(eventsPlace(context));
  return { lines: deadLetterLines(letters), json: { letters } };
}

export async function runReplay(context: CommandContext): Promise<Outcome> {
  const { options, reporter } = context;
  const report = await replay(eventsPlace(context), wordsOf(options['key']), reporter);
  return { lines: replayLines(report), json: report, failure: replayFailure(report) };
}

/** With `--cloud` the bucket of the deployment, else as `openBucket`. */
export async function bucketOf(context: CommandContext): Promise<ObjectStore> {
  const { configuration, env } = context;
  if (isInCloud(context)) return openCloudBucket(cloudPlace(configuration, env));
  return openBucket(stateFolder(context));
}

function eventsPlace(context: CommandContext) {
  const { configuration, env } = context;
  return isInCloud(context)
    ? { cloud: cloudPlace(configuration, env) }
    : { stateFolder: stateFolder(context) };
}

const isInCloud = ({ options }: CommandContext) => options['cloud'] === true;

function stateFolder({ options, root }: CommandContext): string {
  const given = options['persist-to'];
  if (given === '')
    throw new EarshotError('USAGE', { field: '--persist-to', expected: 'a folder', received: '""' });
  return path.resolve(root, String(given ?? '.earshot'));
}
