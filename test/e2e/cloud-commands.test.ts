import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../infra/local/node-http.ts';
import { aService } from '../fixtures/deployment/deploy-in-memory.ts';
import { apiKey, deployedService } from '../fixtures/deployment/deployed-service.ts';
import { type FakeCloud, startCloud } from '../fixtures/ibm-cloud/start-cloud.ts';
import { lastJsonLine, runServerless } from './run-serverless.ts';

const stage = 'e2e';
let cloud: FakeCloud;
/** Stands for the function's URL. */
let deployed: Server;

beforeAll(async () => {
  deployed = createServer(({ url, headers }, response) => {
    response.writeHead(headers.authorization === `Bearer ${apiKey}` ? 200 : 401).end(JSON.stringify({ url }));
  });
  const infer = `http://127.0.0.1:${await listenOnLoopback(deployed, 0)}`;
  cloud = await startCloud();
  const { provider } = aService();
  await deployedService(cloud, aService({ provider: { ...provider, stage } }), { infer });
});
afterAll(async () => {
  await cloud.close();
  deployed.close();
});

describe("the framework's command line", () => {
  it('runs its own command invoke on the deployment of the stage', async () => {
    const ended = await runServerless(['invoke', '-f', 'infer', '--stage', stage, '--json'], cloud.env);
    expect(ended.code, ended.stderr).toBe(0);
    expect(lastJsonLine(ended)).toMatchObject({ status: 200, answer: { url: '/healthz' } });
    expect(ended.stdout + ended.stderr).not.toContain(apiKey);
  });

  it('runs doctor cloud, and ends with the exit code of the error', async () => {
    const { code, stderr } = await runServerless(['doctor', 'cloud'], { ...cloud.env, IBMCLOUD_API_KEY: '' });
    expect([code, stderr]).toEqual([3, expect.stringContaining('IBMCLOUD_API_KEY')]);
  });
});
