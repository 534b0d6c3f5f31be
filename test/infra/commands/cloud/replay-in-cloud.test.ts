import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runReplay } from '../../../../infra/commands/bucket-commands.ts';
import { cloudPlace } from '../../../../infra/commands/cloud/cloud-place.ts';
import { findEventsApp, replayTo } from '../../../../infra/commands/cloud/replay-in-cloud.ts';
import type { DeliveryResult } from '../../../../infra/local/events/event-dispatcher.ts';
import { openCosObjectStore } from '../../../../shared/storage/cos-object-store.ts';
import { commandContext } from '../../../fixtures/deployment/command-context.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';
import { deployedService } from '../../../fixtures/deployment/deployed-service.ts';
import { type FakeCloud, startCloud } from '../../../fixtures/ibm-cloud/start-cloud.ts';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  startTemporaryStore,
  type TemporaryStore,
} from '../../../fixtures/object-store/temporary-store.ts';
import { loggedLines, runningApp, secret } from '../../events-app/running-app.ts';

const service = aService();
let local: TemporaryStore;
let cloud: FakeCloud;
let stop: () => Promise<unknown>;
/** Keys that the function was woken for. */
let woken: string[] = [];
/** What it answers, one after the other; then 200. */
let answers: number[] = [];

beforeAll(async () => {
  loggedLines();
  local = await startTemporaryStore();
  const store = openCosObjectStore(local.settings);
  for (const key of ['incoming/set/train/a', 'incoming/set/train/b', 'shards/x']) {
    await store.put(key, Buffer.from('1'));
  }
  const { app, url } = await runningApp(
    {
      validate: {
        main: async ({ __ce_body = '' }) => {
          woken.push((JSON.parse(Buffer.from(__ce_body, 'base64').toString()) as { key: string }).key);
          const statusCode = answers.shift() ?? 200;
          return { statusCode, headers: { 'content-type': 'application/json' }, body: {} };
        },
        cos: [{ prefix: 'incoming/', operation: 'all' }],
      },
    },
    bucket,
  );
  stop = () => app.stop(0);
  cloud = await startCloud();
  await deployedService(cloud, service, { events: url });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await cloud.close();
  await stop();
  await local.remove();
});
beforeEach(() => {
  woken = [];
  answers = [];
});
afterEach(() => {
  cloud.codeEngine.manners.showsSecrets = true;
});

const env = () => ({
  ...cloud.env,
  COS_ENDPOINT: local.server.url,
  COS_ACCESS_KEY_ID: accessKeyId,
  COS_SECRET_ACCESS_KEY: secretAccessKey,
  EARSHOT_EVENTS_SECRET: secret,
});

describe('replay --cloud', () => {
  it('posts an event for every object below the prefix, and tells how each ended', async () => {
    const { context } = commandContext(service, env(), { cloud: true, key: ['incoming/'] });
    const { lines, failure } = await runReplay(context);
    expect(woken.sort()).toEqual(['incoming/set/train/a', 'incoming/set/train/b']);
    expect(lines.at(-1)).toBe('replayed 2 events: 2 well, 0 failed');
    expect(failure).toBeNull();
  });

  it('is refused where no subscription listens', async () => {
    const { context } = commandContext(service, env(), { cloud: true, key: ['shards/'] });
    await expect(runReplay(context)).rejects.toMatchObject({ code: 'REPLAY_UNMATCHED' });
    expect(woken).toEqual([]);
  });

  it('says which secret it needs where neither environment nor API tells it', async () => {
    cloud.codeEngine.manners.showsSecrets = false;
    const { EARSHOT_EVENTS_SECRET: _, ...without } = env();
    const { context } = commandContext(service, without, { cloud: true, key: ['incoming/'] });
    await expect(runReplay(context)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      details: { field: 'EARSHOT_EVENTS_SECRET' },
    });
  });
});

describe('an event that is sent again', () => {
  async function replayed(changes: { secret?: string } = {}): Promise<DeliveryResult[]> {
    const results: DeliveryResult[] = [];
    const target = { ...(await findEventsApp(cloudPlace(service, env()))), firstWaitMs: 1, ...changes };
    const store = openCosObjectStore(local.settings);
    await replayTo(target, service, store, 'incoming/set/train/a', (result) => results.push(result));
    return results;
  }

  it('is sent once more while that can help', async () => {
    answers = [503, 500];
    expect(await replayed()).toMatchObject([{ failure: null }]);
    expect(woken).toHaveLength(3);
  });

  it('is given up at once when it cannot', async () => {
    answers = [400];
    expect(await replayed()).toMatchObject([{ failure: { attempts: 1 } }]);
    expect(woken).toHaveLength(1);
  });

  it('is not taken without the secret of the subscriptions', async () => {
    const [result] = await replayed({ secret: 'another-secret-of-16' });
    expect(result?.failure).toMatchObject({ attempts: 1, reason: expect.stringContaining('EVENT_REFUSED') });
    expect(woken).toEqual([]);
  });
});
