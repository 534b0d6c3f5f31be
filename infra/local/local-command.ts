import path from 'node:path';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { type Service, serviceOf } from '../service/service.ts';
import { openDataFiles } from './data-files.ts';
import { datasetOf } from './drop-data.ts';
import { seededFaults } from './events/event-faults.ts';
import { failureOf } from './failure.ts';
import { type LocalOptions, parseLocalOptions } from './local-options.ts';
import { doMainJob, type MainJobResult, untilAborted } from './main-job.ts';
import { type Platform, startPlatform } from './platform.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { RunEnds } from './run-ends.ts';
import { summaryLines } from './summary.ts';

const usualPort = 4800;
const interrupted = 130;
/** Under chaos the sweep has much to find, and a demo should not wait ten minutes for it. */
const chaosCron = '*/3 * * * * *';

/** `serverless local`. Returns the exit code: 0 done, else the error's (see docs/errors.md), 130 when interrupted. */
export async function runLocalCommand(
  raw: Readonly<Record<string, unknown>>,
  configuration: unknown,
  root: string,
  writeText: (text: string) => void,
): Promise<number> {
  const reporter = createReporter(process.stderr);
  const json = raw['json'] === true;
  try {
    const options = parseLocalOptions(raw, root);
    // What cannot be read at all is said before anything is started.
    await Promise.all(options.data.map(openDataFiles));
    return await withPlatform(serviceOf(configuration), root, options, reporter, writeText);
  } catch (error) {
    reporter.fail(error);
    const { exit, problem } = failureOf(error);
    if (json) writeText(JSON.stringify({ error: problem }));
    return exit;
  }
}

async function withPlatform(
  service: Service,
  root: string,
  options: LocalOptions,
  reporter: Reporter,
  writeText: (text: string) => void,
): Promise<number> {
  const began = performance.now();
  const interruption = listenForInterruption();
  const { signal } = interruption;
  const ends = new RunEnds();
  const start = (port: number) =>
    startPlatform({
      service,
      root,
      stateFolder: options.stateFolder,
      port,
      environment: { EARSHOT_MODEL: servedModel(options), EARSHOT_HEARTBEAT_SECONDS: '1' },
      chaos:
        options.chaosSeed === null ? undefined : { faults: seededFaults(options.chaosSeed), cron: chaosCron },
      onDeadLetter: (letter) => {
        const { functionName, key, attempts, reason } = letter;
        reporter.warn(`${functionName} gave up on ${key} after ${attempts} attempts: ${reason}`);
        ends.noteLetter(letter);
      },
      onJobExit: (jobRun, failure) => ends.noteExit(jobRun, failure),
    });
  try {
    const platform = await startOnPort(options.port, start, reporter);
    try {
      greet(platform, options, performance.now() - began, reporter);
      // What a crash of an earlier platform lost is found before anything else.
      await untilAborted(sweep(platform, reporter, signal), signal);
      if (options.once || options.data.length > 0) {
        const result = await doMainJob({ platform, options, reporter, endOf: (run) => ends.of(run), signal });
        if (options.chaosSeed !== null) reporter.say(chaosLine(platform));
        present(result, options, reporter, writeText);
        if (options.once) return 0;
      }
      reporter.say(`drop .tfrecord files below incoming/<dataset>/<train|eval|all>/; Ctrl-C ends`);
      return await untilAborted(new Promise<never>(() => {}), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      reporter.say('interrupted');
      return interrupted;
    } finally {
      await platform.close();
    }
  } finally {
    interruption.dispose();
  }
}

async function sweep(platform: Platform, reporter: Reporter, signal: AbortSignal): Promise<void> {
  try {
    const { statusCode, body } = await platform.wake('sweep');
    if (statusCode >= 400) reporter.warn(`sweep answered ${statusCode}: ${JSON.stringify(body)}`);
  } catch (error) {
    if (!signal.aborted) reporter.warn(`sweep: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The model of the data given; when nothing is dropped now, whatever was or will be trained last. */
function servedModel({ data, once }: LocalOptions): string {
  return once || data.length > 0 ? datasetOf(data) : '*';
}

/** An explicit port must be free; the usual one gives way to any other. */
async function startOnPort(
  port: number | null,
  start: (port: number) => Promise<Platform>,
  reporter: Reporter,
): Promise<Platform> {
  if (port !== null) return start(port);
  try {
    return await start(usualPort);
  } catch (error) {
    if (!(error instanceof EarshotError && error.code === 'PORT_IN_USE')) throw error;
    reporter.say(`port ${usualPort} or ${usualPort + 1} is in use: others are taken`);
    return start(0);
  }
}

/** The first interrupt asks for an orderly end; the second finds no listener and ends the process at once. */
function listenForInterruption() {
  const controller = new AbortController();
  const listener = () => controller.abort();
  process.once('SIGINT', listener);
  process.once('SIGTERM', listener);
  const dispose = () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
  return { signal: controller.signal, dispose };
}

function greet(platform: Platform, options: LocalOptions, ms: number, reporter: Reporter): void {
  const { accessKeyId, secretAccessKey } = platform.credentials;
  reporter.say(`Earshot ready in ${Math.round(ms)} ms`);
  reporter.say(`  predict  ${platform.url}/predict`);
  reporter.say(`  bucket   ${platform.bucketUrl}/${platform.bucket}`);
  if (!options.once) {
    reporter.say(`  page     ${platform.url}/`);
    reporter.say(`  keys     AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  }
  if (options.chaosSeed !== null) {
    reporter.say(
      `  chaos    --chaos ${options.chaosSeed}: events are lost, doubled and late; the sweep runs every 3 s`,
    );
  }
  reporter.say(`  state    ${shown(options.stateFolder)}   log ${shown(platform.logFile)}`);
}

function chaosLine(platform: Platform): string {
  const { lost, twice, late } = platform.faultCounts();
  return `chaos: of the events ${lost} were lost, ${twice} came twice, ${late} came late`;
}

const shown = (file: string) => path.relative(process.cwd(), file) || '.';

function present(
  { summary, prediction }: MainJobResult,
  options: LocalOptions,
  reporter: Reporter,
  writeText: (text: string) => void,
): void {
  const lines = [
    ...summaryLines(summary),
    `clip ${prediction.clip} (labelled ${prediction.truth.join(', ') || 'nothing'}) is heard as`,
    ...prediction.predictions.map(
      ({ label, probability }) => `  ${(100 * probability).toFixed(1).padStart(5)} %  ${label}`,
    ),
    ...(options.once ? ['ask again, once `npm start` keeps it up:'] : ['ask again:']),
    `  ${prediction.curl}`,
  ];
  for (const line of lines) options.json ? reporter.say(line) : writeText(line);
  if (options.json) writeText(JSON.stringify(summary));
}
