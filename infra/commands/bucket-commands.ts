import path from 'node:path';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { failureOf } from '../local/failure.ts';
import { createReporter, type Reporter } from '../local/reporter.ts';
import { openBucket } from '../local/running-platform.ts';
import { reportLines, writeDataReport } from './data-report-command.ts';
import { deadLetterLines, listDeadLetters, replay, replayFailure, replayLines } from './events-commands.ts';
import { parseUploadArguments, type UploadReport, upload } from './upload-command.ts';

type Options = Readonly<Record<string, unknown>>;

/** What a command has to say: lines for people, and the same as JSON. */
interface Outcome {
  readonly lines: readonly string[];
  readonly json: object;
  /** What it ends with all the same. */
  readonly failure?: EarshotError | null;
}

const commands: Readonly<
  Record<string, (options: Options, root: string, reporter: Reporter) => Promise<Outcome>>
> = {
  upload: runUpload,
  'data report': runDataReport,
  'dead-letters': runDeadLetters,
  replay: runReplay,
};

/** Returns the exit code: 0 done, else the error's (see docs/errors.md). */
export async function runBucketCommand(
  name: string,
  options: Options,
  root: string,
  writeText: (text: string) => void,
): Promise<number> {
  const reporter = createReporter(process.stderr);
  const json = options['json'] === true;
  try {
    const outcome = await commands[name]!(options, root, reporter);
    const failure = outcome.failure ? failureOf(outcome.failure) : null;
    const error = failure === null ? {} : { error: failure.problem };
    if (json) writeText(JSON.stringify({ ...outcome.json, ...error }));
    else for (const line of outcome.lines) writeText(line);
    if (failure !== null) reporter.fail(outcome.failure);
    return failure?.exit ?? 0;
  } catch (error) {
    reporter.fail(error);
    const failure = failureOf(error);
    if (json) writeText(JSON.stringify({ error: failure.problem }));
    return failure.exit;
  }
}

async function runUpload(options: Options, root: string, reporter: Reporter): Promise<Outcome> {
  const asked = parseUploadArguments(wordsOf(options['path']), options['dry-run'] === true);
  const report = await upload(await openBucket(stateFolder(options, root)), asked, reporter);
  return { lines: [uploadLine(report)], json: report };
}

function uploadLine({ dataset, uploaded, unchanged, bytes, dryRun }: UploadReport): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  return `${dataset}: ${dryRun ? 'would upload' : 'uploaded'} ${uploaded} files, ${size}; ${unchanged} were there unchanged`;
}

async function runDataReport(options: Options, root: string): Promise<Outcome> {
  const dataset = wordsOf(options['dataset'])[0] ?? '';
  const file = path.resolve(String(options['output'] ?? `${dataset}-report.html`));
  const report = await writeDataReport(await openBucket(stateFolder(options, root)), dataset, file);
  return { lines: [...reportLines(report), `page: ${path.relative(process.cwd(), file)}`], json: report };
}

async function runDeadLetters(options: Options, root: string): Promise<Outcome> {
  const letters = await listDeadLetters(stateFolder(options, root));
  return { lines: deadLetterLines(letters), json: { letters } };
}

async function runReplay(options: Options, root: string, reporter: Reporter): Promise<Outcome> {
  const report = await replay(stateFolder(options, root), wordsOf(options['key']), reporter);
  return { lines: replayLines(report), json: report, failure: replayFailure(report) };
}

function stateFolder(options: Options, root: string): string {
  const given = options['persist-to'];
  if (given === '')
    throw new EarshotError('USAGE', { field: '--persist-to', expected: 'a folder', received: '""' });
  return path.resolve(root, String(given ?? '.earshot'));
}

const wordsOf = (value: unknown): string[] =>
  value === undefined || value === null ? [] : (Array.isArray(value) ? value : [value]).map(String);
