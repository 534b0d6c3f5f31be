import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../e2e/run-serverless.ts';
import {
  type Account,
  openAccount,
  openAccountOn,
  registryUser,
} from '../fixtures/deployment/deploy-over-http.ts';
import { makeServiceFolder } from '../fixtures/deployment/service-folder.ts';
import { freshIbmCloud } from '../fixtures/ibmcloud/fake-ibmcloud.ts';
import { type InstalledFake, installFakeIbmCloud } from '../fixtures/ibmcloud/install-fake-ibmcloud.ts';
import { startPlainRegistry } from './deployed/plain-registry.ts';
import { versionOf } from './programs.ts';
import { node22 } from './registry/node-22.ts';

/** The last release of the Serverless Framework that runs without an account; the project itself has osls. */
const release = 'serverless@3.40.0';
const cache = path.join(projectRoot, 'node_modules/.cache/earshot/serverless-3');
const bin = 'bin/serverless.js';

/** Null where npm does not give it. */
async function serverless3(): Promise<string | null> {
  const program = path.join(cache, 'node_modules/serverless', bin);
  try {
    await access(program).catch(() =>
      promisify(execFile)('npm', ['install', '--prefix', cache, '--no-save', '--ignore-scripts', release]),
    );
    await access(program);
    return program;
  } catch (error) {
    console.warn(`${release} cannot be had: ${(error as Error).message}`);
    return null;
  }
}

const osls = path.join(projectRoot, 'node_modules/serverless', bin);
const [oldFramework, newNode] = await Promise.all([serverless3(), node22()]);

describe.each([
  ['osls on Node 22', newNode, osls],
  ['serverless 3.40.0 on this Node', process.execPath, oldFramework],
])('%s', (_, node, program) => {
  let account: Account;
  let cli: InstalledFake;
  let closeRegistry = async () => {};
  beforeAll(async () => {
    if (versionOf('docker-registry', '--help') === null) {
      console.warn('without docker-registry the deployment goes to a registry of this process');
      account = await openAccount();
    } else {
      const registry = await startPlainRegistry(registryUser);
      closeRegistry = registry.stop;
      account = await openAccountOn(registry);
    }
  });
  afterAll(() => account.close().then(() => closeRegistry()));

  it.skipIf(program === null)('deploys, finds nothing to do, informs and removes', async () => {
    const { folder, serverless, remove } = await makeServiceFolder(account, { node, program: program! });
    const project = account.cloud.codeEngine.addProject('earshot-test');
    account.cloud.buckets.locations.set('earshot-test', 'eu-de-smart');
    cli = await installFakeIbmCloud(
      folder,
      freshIbmCloud({ apiKey: account.env['IBMCLOUD_API_KEY']!, projects: { [project.id]: 'eu-de' } }),
    );
    const env = { ...account.env, PATH: `${folder}:${process.env['PATH']}`, SLS_DEPRECATION_DISABLE: '*' };
    const run = (...args: string[]) => serverless([...args, '--stage', 'test'], env);

    const { stdout: version } = await run('--version');
    expect(version).toContain(program === osls ? 'osls version: 4' : '3.40.0');
    const first = await run('deploy', '--create');
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expect(first.stdout).toMatch(/^API key: /m);
    const { cos, cron } = await cli.read();
    expect(Object.keys({ ...cos, ...cron }).sort()).toEqual([
      'earshot-test-shard',
      'earshot-test-start-training',
      'earshot-test-sweep',
      'earshot-test-validate',
    ]);

    account.cloud.calls.reset();
    const second = await run('deploy');
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toContain('Nothing changed');
    expect(account.cloud.calls.changes()).toEqual([]);

    const plan = await run('deploy', '--dry-run', '--param', 'model=birds');
    expect(plan.stdout).toContain('env EARSHOT_MODEL: "audioset" -> "birds"');
    const one = await run('deploy', 'function', '-f', 'infer', '--param', 'model=birds');
    expect(one.code, one.stderr).toBe(0);
    const informed = await run('info');
    expect(informed.stdout).toContain('cos subscription earshot-test-validate: ready');
    const removed = await run('remove');
    expect(removed.code, removed.stderr).toBe(0);
    const after = await cli.read();
    expect({ ...after.cos, ...after.cron }).toEqual({});
    const all = [first, second, plan, one, informed, removed].map(({ stdout, stderr }) => stdout + stderr);
    expect(all.join('\n').replace(/^API key: .*/m, '')).not.toContain('PLANTED');
    await remove();
  });
});
