import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { type CommandContext, type Options, runCommand, textOf } from '../commands/command-outcome.ts';
import { type DeployContext, ownedService } from './deploy/context.ts';
import { deploy } from './deploy/deploy.ts';
import { deploymentImages } from './deploy/deployment-images.ts';
import { info } from './deploy/info.ts';
import { openDriver } from './deploy/open-driver.ts';
import { remove } from './deploy/remove.ts';
import { openCloud } from './place/cloud.ts';

const commands: Readonly<Record<string, (context: DeployContext, options: Options) => Promise<object>>> = {
  deploy: (context, options) => deploy(context, deployOptions(options)),
  'deploy function': (context, options) =>
    deploy(context, { ...deployOptions(options), onlyFunction: textOf(options, 'function') ?? '' }),
  info,
  remove: (context, options) =>
    remove(context, { data: options['data'] === true, subscriptions: subscriptionsBy(options) }),
};

/** Runs `deploy`, `deploy function`, `info` or `remove`; returns the exit code. */
export function runCloudCommand(
  name: string,
  options: Options,
  root: string,
  configuration: unknown,
  writeText: (text: string) => void,
): Promise<number> {
  return runCommand(
    async (given) => {
      const printed: string[] = [];
      const context = contextOf(given, (line) => printed.push(line));
      const report = await commands[name]!(context, options);
      return { lines: [], json: { ...report, ...(printed.length > 0 ? { commands: printed } : {}) } };
    },
    { options, root, configuration, env: process.env, writeText },
  );
}

/** With `--json` the lines of the result go to standard error, and commands for the user to `keepCommand`. */
function contextOf(
  { configuration, env, root, options, writeText }: CommandContext,
  keepCommand: (line: string) => void,
): DeployContext {
  const { service, owner } = ownedService(configuration);
  const { region } = service.provider;
  if (region === undefined) {
    throw new EarshotError('SERVICE_INVALID', {
      file: 'serverless.yml',
      path: 'provider.region',
      expected: 'the region to deploy to',
      received: 'nothing',
    });
  }
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const isJson = options['json'] === true;
  const printCommand = isJson ? keepCommand : writeText;
  const cloud = openCloud(env, region, { onRetry: progress });
  return {
    service,
    owner,
    root,
    env,
    cloud,
    print: isJson ? progress : writeText,
    progress,
    now: () => new Date(),
    holder: { id: randomUUID(), host: hostname(), pid: process.pid },
    isAlive,
    openImages: deploymentImages,
    openDriver: (projectId, by) => openDriver({ owner, region, env, projectId, by, print: printCommand }),
  };
}

function deployOptions(options: Options) {
  return {
    create: options['create'] === true,
    dryRun: options['dry-run'] === true,
    newKeys: newKeysOf(options),
    subscriptions: subscriptionsBy(options),
  };
}

/** @throws USAGE */
function newKeysOf(options: Options): readonly string[] | null {
  const key = textOf(options, 'key');
  if (options['new-key'] === true) return key === null ? null : [key];
  if (key === null) return [];
  const [expected, received] = ['--new-key with it', '--key alone'];
  throw new EarshotError('USAGE', { field: '--key', expected, received });
}

/** @throws USAGE */
function subscriptionsBy(options: Options): 'ibmcloud' | 'print' {
  const by = textOf(options, 'subscriptions') ?? 'ibmcloud';
  if (by === 'ibmcloud' || by === 'print') return by;
  const received = `"${by}"${didYouMean(by, ['ibmcloud', 'print'])}`;
  throw new EarshotError('USAGE', { field: '--subscriptions', expected: 'ibmcloud or print', received });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
