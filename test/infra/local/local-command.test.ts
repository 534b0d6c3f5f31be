import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Summary } from '../../../infra/local/summary.ts';
import { generateSyntheticSet } from '../../../infra/local/synthetic/generate-synthetic-set.ts';
import { writeSyntheticSet } from '../../../infra/local/synthetic/write-synthetic-set.ts';
import { type Ended, lastJsonLine, projectRoot, runServerless } from '../../e2e/run-serverless.ts';
import { allGone } from '../../fixtures/local/processes.ts';
import { childrenOf, startServerless } from '../../fixtures/local/running-command.ts';

// Whole platforms, side by side, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const stateOf = (name: string) => ['--persist-to', path.join(folder, name), '--port', '0'];

interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string };
}

/** What holds for every failure with `--json`: the code for programs on stdout, the same for people on stderr. */
function expectFailure(ended: Ended, exit: number, code: string): string {
  expect(ended.code, ended.stderr).toBe(exit);
  const { error } = lastJsonLine<Failure>(ended);
  expect(error).toEqual({
    code,
    message: expect.stringMatching(/\w/),
    remedy: expect.stringMatching(/\w/),
  });
  expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(ended.stderr).toContain(`error ${code}: ${error.message}\n${error.remedy}\n`);
  expect(ended.stderr).not.toMatch(/^\s+at .*:\d+/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape character that must not be there.
  expect(ended.stdout + ended.stderr).not.toMatch(/\u001b\[/);
  return error.message;
}

describe.concurrent('serverless local ends with the documented code', () => {
  it('2 for an option that is wrong, before anything is started', async () => {
    const ended = await runServerless(['local', '--once', '--json', '--port', 'http']);
    const message = expectFailure(ended, 2, 'USAGE');
    expect(message).toContain('field --port');
    expect(message).toContain('received "http"');
    expect(ended.stderr).not.toContain('ready');
  });

  it('2 for data that is not there, before anything is started', async () => {
    const missing = path.join(folder, 'missing.tar.gz');
    const ended = await runServerless([
      'local',
      '--once',
      '--json',
      '--data',
      missing,
      ...stateOf('missing'),
    ]);
    expect(expectFailure(ended, 2, 'DATA_UNREADABLE')).toContain(missing);
    expect(await readdir(folder)).not.toContain('missing');
  });

  it('4 for data without a good clip', async () => {
    const data = path.join(folder, 'noise');
    for (const split of ['train', 'eval']) {
      await mkdir(path.join(data, split), { recursive: true });
      await writeFile(path.join(data, split, 'x.tfrecord'), randomBytes(5000));
    }
    const ended = await runServerless(['local', '--once', '--json', '--data', data, ...stateOf('noise')]);
    const message = expectFailure(ended, 4, 'SNAPSHOT_EMPTY');
    expect(message).toContain('2 records in quarantine, from 2 files');
  });
});

describe.concurrent('serverless local', () => {
  it('keeps its port and state folder, ends in order by Ctrl-C, and starts again after kill -9', async () => {
    const first = startServerless(['local', ...stateOf('up')]);
    const [, url = '', port = ''] = await first.seen(/predict {2}(http:\/\/127\.0\.0\.1:(\d+))\/predict/);
    await first.seen(/Ctrl-C ends/);
    const health = await fetch(`${url}/healthz`);
    expect([health.status, health.headers.get('retry-after')]).toEqual([503, '2']);
    const children = await childrenOf(first.pid);
    // infer and sweep have been woken.
    expect(children.length).toBeGreaterThanOrEqual(2);

    const [sameState, samePort] = await Promise.all([
      runServerless(['local', '--json', ...stateOf('up')]),
      runServerless(['local', '--json', '--persist-to', path.join(folder, 'other'), '--port', port]),
    ]);
    expect(expectFailure(sameState, 3, 'STATE_IN_USE')).toContain(`process ${first.pid}`);
    expect(expectFailure(samePort, 3, 'PORT_IN_USE')).toContain(port);
    expect((await fetch(`${url}/healthz`)).status).toBe(503);

    first.kill('SIGKILL');
    await first.ended;
    expect(await allGone(children)).toBe(true);

    // Taken by this, or by another program already.
    const usualPort = createServer()
      .on('error', () => {})
      .listen(4800, '127.0.0.1');
    const second = startServerless(['local', '--persist-to', path.join(folder, 'up')]);
    await second.seen(/^port 4800 or 4801 is in use: others are taken$/m);
    await second.seen(/Ctrl-C ends/);
    usualPort.close();
    const bundles = path.join(projectRoot, 'node_modules/.cache/earshot/bundles');
    expect((await readdir(bundles)).filter((name) => name.startsWith(`${first.pid}-`))).toEqual([]);
    const others = await childrenOf(second.pid);
    second.kill('SIGINT');
    const { code, stdout, stderr } = await second.ended;
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/interrupted\n$/);
    expect(await allGone(others)).toBe(true);
  });

  it('ends well when part of the data is in quarantine, and says what and why', async () => {
    const data = path.join(folder, 'partly');
    await writeSyntheticSet(data, generateSyntheticSet({ seed: 3, trainClips: 400, evalClips: 150 }));
    await writeFile(path.join(data, 'bal_train/damaged.tfrecord'), randomBytes(5000));
    const ended = await runServerless([
      'local',
      '--once',
      '--json',
      '--recipe',
      'linear',
      '--data',
      data,
      ...stateOf('partly'),
    ]);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = lastJsonLine<Summary>(ended);
    expect(summary).toMatchObject({
      dataset: 'audioset',
      clips: { train: 400, eval: 150 },
      labels: 527,
      quarantined: { files: 1, records: 1 },
      anomalies: { TFRECORD_LENGTH_CRC_MISMATCH: 1 },
      engine: expect.stringMatching(/^(native|wasm)$/),
      model: 'audioset/1',
      ceiling: null,
    });
    expect(Object.keys(summary.seconds)).toEqual([
      'upload',
      'ingest',
      'snapshot',
      'train',
      'serve',
      'training',
    ]);
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain('in quarantine: 1 record of 1 file');
    expect(ended.stderr).toContain('1 × TFRECORD_LENGTH_CRC_MISMATCH');
  });
});
