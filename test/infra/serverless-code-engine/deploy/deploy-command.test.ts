import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ended, projectRoot, runServerless } from '../../../e2e/run-serverless.ts';
import { type Account, openAccount, plantedKey } from '../../../fixtures/deployment/deploy-over-http.ts';

let account: Account;
let folder: string;
beforeAll(async () => {
  account = await openAccount();
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-deploy-'));
  for (const name of ['functions', 'infra', 'shared', 'node_modules', 'package.json', 'tsconfig.json']) {
    await symlink(path.join(projectRoot, name), path.join(folder, name));
  }
  const { registry, baseImage } = account.service().provider;
  const text = await readFile(path.join(projectRoot, 'serverless.yml'), 'utf8');
  await writeFile(
    path.join(folder, 'serverless.yml'),
    text
      .replace('  bucket:', `  registry: ${registry}\n  baseImage: ${baseImage}\n  bucket:`)
      .replace('job.main\n', `job.main\n    image: ${registry}/train:1\n`),
  );
}, 120_000);
afterAll(async () => {
  await account.close();
  await rm(folder, { recursive: true });
});

const serverless = (...args: string[]): Promise<Ended> =>
  runServerless([...args, '--stage', 'prod'], { ...account.env, IBMCLOUD_API_KEY: plantedKey }, folder);

it('serverless deploy, remove: from serverless.yml to a service and back, with nothing left on the disk', async () => {
  const deployed = await serverless('deploy', '--create', '--subscriptions', 'print');
  expect(deployed.code, deployed.stderr).toBe(0);
  expect(deployed.stdout).toMatch(/^API key: [\w-]{43}$/m);
  expect(deployed.stdout).toMatch(/^POST https:\/\/earshot-prod-infer\S+\/predict$/m);
  expect(deployed.stdout).toContain('subscription cos create --name earshot-prod-validate');
  expect(deployed.stdout).toContain("subscription cron create --name earshot-prod-sweep");
  expect(deployed.stdout + deployed.stderr).not.toContain('PLANTED');
  expect(existsSync(path.join(folder, '.serverless'))).toBe(false);
  expect([...account.registry.contents.manifests.keys()].filter((name) => !name.includes('@'))).toContainEqual(
    expect.stringMatching(/^team\/earshot-infer:/),
  );

  const removed = await serverless('remove', '--subscriptions', 'print');
  expect(removed.code, removed.stderr).toBe(0);
  expect(removed.stdout).toContain('Bucket earshot-prod with its data, project and images stay.');
  expect(account.cloud.resources.keys.size).toBe(0);

  const gone = await serverless('info');
  expect(gone.code).toBe(6);
  expect(gone.stderr).toContain('This stage is not deployed');
}, 240_000);
