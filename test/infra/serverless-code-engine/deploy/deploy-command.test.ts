import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Account, openAccount } from '../../../fixtures/deployment/deploy-over-http.ts';
import { makeServiceFolder, type ServiceFolder } from '../../../fixtures/deployment/service-folder.ts';
import type { ProtocolRegistry } from '../../../fixtures/registry/protocol-registry.ts';

let account: Account<ProtocolRegistry>;
let service: ServiceFolder;
beforeAll(async () => {
  account = await openAccount();
  service = await makeServiceFolder(account);
}, 120_000);
afterAll(async () => {
  await account.close();
  await service.remove();
});

const serverless = (...args: string[]) => service.serverless([...args, '--stage', 'prod'], account.env);

it('serverless deploy, remove: from serverless.yml to a service and back, with nothing left on the disk', async () => {
  const deployed = await serverless('deploy', '--create', '--subscriptions', 'print');
  expect(deployed.code, deployed.stderr).toBe(0);
  expect(deployed.stdout).toMatch(/^API key: [\w-]{43}$/m);
  expect(deployed.stdout).toMatch(/^POST https:\/\/earshot-prod-infer\S+\/predict$/m);
  expect(deployed.stdout).toContain('subscription cos create --name earshot-prod-validate');
  expect(deployed.stdout).toContain('subscription cron create --name earshot-prod-sweep');
  expect(deployed.stdout + deployed.stderr).not.toContain('PLANTED');
  expect(existsSync(path.join(service.folder, '.serverless'))).toBe(false);
  const images = [...account.registry.contents.manifests.keys()];
  expect(images).toContainEqual(expect.stringMatching(/^team\/earshot-infer:/));
  expect(images).toContainEqual(expect.stringMatching(/^team\/earshot-events:/));

  const removed = await serverless('remove', '--subscriptions', 'print', '--json');
  expect(removed.code, removed.stderr).toBe(0);
  expect(JSON.parse(removed.stdout)).toEqual({
    ...{ service: 'earshot', stage: 'prod', project: 'earshot-prod', objects: null },
    removed: expect.arrayContaining([
      { kind: 'function', name: 'earshot-prod-infer' },
      { kind: 'job', name: 'earshot-prod-train' },
    ]),
    commands: expect.arrayContaining([expect.stringMatching(/^ibmcloud ce subscription cron delete /)]),
  });
  expect(removed.stderr).toContain('Bucket earshot-prod with its data, project and images stay.');
  expect(account.cloud.resources.keys.size).toBe(0);
}, 240_000);
