import { didYouMean } from '../../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { CodeEngineProject } from '../../serverless-code-engine/api/client.ts';
import { eventsAppName } from '../../serverless-code-engine/desired/desired-state.ts';
import { resourceName } from '../../serverless-code-engine/desired/resource-names.ts';
import { readyCli } from '../../serverless-code-engine/ibmcloud-cli/ready-cli.ts';
import { openIbmCloudCli } from '../../serverless-code-engine/ibmcloud-cli/run-ibmcloud.ts';
import { type CommandContext, type Options, type Outcome, textOf } from '../command-outcome.ts';
import { type CloudPlace, cloudPlace, openProject } from './cloud-place.ts';

/** Lines that are shown of each instance when nothing else is asked for. */
const usualLines = 100;

/**
 * `logs -f <function or job>`: by the `ibmcloud` command line, as API v2 has no logs. Event functions log in their app;
 * functions of Code Engine have no command for theirs. With `--json` each line is an object of its own, and the last one
 * says by which command they were got and how many they are.
 * @throws USAGE, LOGS_ELSEWHERE, NOT_DEPLOYED, CLI_MISSING, CLI_NOT_READY, CLI_FAILED, CLOUD_NOT_FOUND
 */
export async function runLogs({ options, configuration, env, writeText }: CommandContext): Promise<Outcome> {
  const place = cloudPlace(configuration, env);
  const name = textOf(options, 'function') ?? '';
  const project = await openProject(place);
  const source =
    name in place.service.jobs
      ? await jobLogs(project, resourceName(place.owner, name), textOf(options, 'run'))
      : appLogs(place, name);
  const args = ['ce', ...source, ...lineFlags(options)];
  const cli = openIbmCloudCli({ env });
  await readyCli(cli, { region: place.cloud.region, projectId: project.id, hasApiKey: true });
  const wanted = textOf(options, 'filter');
  const isJson = options['json'] === true;
  let lines = 0;
  await cli.lines(args, (line) => {
    if (wanted !== null && !line.includes(wanted)) return;
    lines++;
    writeText(isJson ? JSON.stringify({ line }) : line);
  });
  return { lines: [], json: { command: ['ibmcloud', ...args].join(' '), lines } };
}

function appLogs({ service, owner, cloud }: CloudPlace, name: string): string[] {
  const fn = service.functions[name];
  if (fn === undefined) {
    const known = [...Object.keys(service.functions), ...Object.keys(service.jobs)];
    throw new EarshotError('USAGE', {
      field: '--function',
      expected: known.join(', '),
      received: `${JSON.stringify(name)}${didYouMean(name, known)}`,
    });
  }
  if (fn.events.some((event) => 'http' in event)) {
    throw new EarshotError('LOGS_ELSEWHERE', {
      field: `function ${resourceName(owner, name)}`,
      expected: `an instance of IBM Cloud Logs in ${cloud.region}`,
    });
  }
  return ['application', 'logs', '--application', eventsAppName(owner)];
}

async function jobLogs(project: CodeEngineProject, job: string, asked: string | null): Promise<string[]> {
  const jobRun = asked ?? (await latestRun(project, job));
  return ['jobrun', 'logs', '--jobrun', jobRun];
}

async function latestRun(project: CodeEngineProject, job: string): Promise<string> {
  const runs = await project.list('job_run', { job_name: job });
  const [latest] = runs.sort((a, b) => ((a.created_at ?? '') < (b.created_at ?? '') ? 1 : -1));
  if (latest !== undefined) return latest.name;
  throw new EarshotError('CLOUD_NOT_FOUND', {
    resource: `a run of the job ${job}`,
    expected: 'one of the last seven days',
    received: 'none',
  });
}

/** @throws USAGE */
function lineFlags(options: Options): string[] {
  const given = textOf(options, 'lines');
  if (given !== null && !/^[1-9]\d{0,5}$/.test(given)) {
    const [expected, received] = ['a whole number of at least 1', JSON.stringify(given)];
    throw new EarshotError('USAGE', { field: '--lines', expected, received });
  }
  return [
    ...['--tail', given ?? String(usualLines), '--timestamps'],
    ...(options['tail'] === true ? ['--follow'] : []),
  ];
}
