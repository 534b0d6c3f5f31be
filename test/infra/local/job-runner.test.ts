import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { JobRunner } from '../../../infra/local/job-runner.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { bundleOf } from '../../fixtures/local/bundle-of.ts';
import { allGone } from '../../fixtures/local/processes.ts';

/** Ends as MODE says; what it does on SIGTERM it writes to a file. */
const job = `
  import { writeFileSync } from 'node:fs';
  export async function main() {
    const { MODE = '', FILE = '' } = process.env;
    const wait = () => new Promise((resolve) => setTimeout(resolve, 60_000));
    if (MODE === 'environment') console.log(JSON.stringify(process.env));
    if (MODE === 'array') {
      const { JOB_INDEX, JOB_ARRAY_SIZE } = process.env;
      console.log('begin ' + JOB_INDEX + ' of ' + JOB_ARRAY_SIZE);
      await new Promise((resolve) => setTimeout(resolve, 100));
      console.log('end');
      if (JOB_INDEX === '1') process.exitCode = 9;
    }
    if (MODE === 'code') process.exitCode = 7;
    if (MODE === 'throw') throw new Error('thrown by the job');
    if (MODE === 'kill') process.kill(process.pid, 'SIGKILL');
    if (MODE === 'checkpoint') {
      process.on('SIGTERM', () => {
        writeFileSync(FILE, 'checkpoint');
        process.exit(143);
      });
      console.log('ready');
      await wait();
    }
    if (MODE === 'stubborn') {
      process.on('SIGTERM', () => writeFileSync(FILE, 'not now'));
      console.log('ready');
      await wait();
    }
  }`;

let folder: string;
let bundle: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-jobs-'));
  bundle = await bundleOf(folder, 'job', job);
});
afterAll(() => rm(folder, { recursive: true }));

const runners: JobRunner[] = [];
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.close()));
});

function open({ timeoutMs = 60_000, graceMs = 5000, atOnce = 1 } = {}) {
  const lines: string[] = [];
  const ends: [string, string | null][] = [];
  const settings = { bundle, env: { COS_BUCKET: 'b' }, timeoutMs, atOnce };
  const runner = new JobRunner({
    jobs: new Map([['train', settings]]),
    hostFolder: path.join(projectRoot, 'infra/local'),
    graceMs,
    onLog: (jobRun, line) => lines.push(`${jobRun} ${line}`),
    onExit: (jobRun, failure) => ends.push([jobRun, failure]),
  });
  runners.push(runner);
  return { runner, lines, ends };
}

it('a job run is a process with the environment of the job, of the run and of Code Engine, and no other', async () => {
  process.env['PLANTED_SECRET'] = 'leaked';
  const { runner, lines, ends } = open();
  try {
    expect(runner.start('train', 'r-1', { MODE: 'environment', EARSHOT_RUN: 'r' })).toBe('started');
  } finally {
    delete process.env['PLANTED_SECRET'];
  }
  await expect.poll(() => ends, { timeout: 10_000 }).toEqual([['r-1', null]]);
  expect(JSON.parse(lines.join('\n').slice('r-1 '.length))).toEqual({
    MODE: 'environment',
    EARSHOT_RUN: 'r',
    COS_BUCKET: 'b',
    CE_JOB: 'train',
    CE_JOBRUN: 'r-1',
    JOB_INDEX: '0',
    JOB_ARRAY_SIZE: '1',
  });
});

it.each([1, 2])(
  'a job array is a process for each index, %d at once, and ends when all have',
  async (atOnce) => {
    const { runner, lines, ends } = open({ atOnce });
    runner.start('train', 'r', { MODE: 'array' }, [0, 1, 4]);
    await expect.poll(() => ends, { timeout: 20_000 }).toEqual([['r', 'code 9 at index 1']]);
    const told = lines.map((line) => line.replace(/^r /, ''));
    expect(told.filter((line) => line.startsWith('begin')).sort()).toEqual([
      'begin 0 of 3',
      'begin 1 of 3',
      'begin 4 of 3',
    ]);
    let most = 0;
    let now = 0;
    for (const line of told) {
      now += line.startsWith('begin') ? 1 : -1;
      most = Math.max(most, now);
    }
    expect(most).toBeLessThanOrEqual(atOnce);
    expect(runner.start('train', 'r', {}, [1])).toBe('exists');
  },
);

it('closing ends the process of an array that runs, and starts none of those that wait', async () => {
  const { runner, lines, ends } = open();
  runner.start('train', 'r', { MODE: 'checkpoint', FILE: path.join(folder, 'array') }, [0, 1]);
  await expect.poll(() => lines, { timeout: 10_000 }).toEqual(['r ready']);
  await runner.close();
  expect(ends).toEqual([['r', 'code 143 at index 0']]);
  expect(lines).toEqual(['r ready']);
});

it('how it ended is seen: a code, a signal, an error with its log', async () => {
  const { runner, lines, ends } = open();
  for (const mode of ['code', 'kill', 'throw']) runner.start('train', mode, { MODE: mode });
  await expect
    .poll(() => [...ends].sort(), { timeout: 10_000 })
    .toEqual([
      ['code', 'code 7'],
      ['kill', 'SIGKILL'],
      ['throw', 'code 1'],
    ]);
  expect(lines.join('\n')).toContain('thrown by the job');
});

it('a job that nobody knows, and a run of a name that was there before, are not started', async () => {
  const { runner, ends } = open();
  expect(runner.start('tain', 'r', {})).toBe('unknown');
  expect(runner.start('train', 'r', {})).toBe('started');
  expect(runner.start('train', 'r', {})).toBe('exists');
  await expect.poll(() => ends, { timeout: 10_000 }).toEqual([['r', null]]);
  expect(runner.start('train', 'r', {})).toBe('exists');
});

it('closing asks a job to end and lets it write its checkpoint; nothing starts any more', async () => {
  const { runner, lines, ends } = open();
  const file = path.join(folder, 'checkpoint');
  runner.start('train', 'r', { MODE: 'checkpoint', FILE: file });
  await expect.poll(() => lines, { timeout: 10_000 }).toEqual(['r ready']);
  await runner.close();
  expect(ends).toEqual([['r', 'code 143']]);
  expect(await readFile(file, 'utf8')).toBe('checkpoint');
  expect(runner.start('train', 'later', {})).toBe('closed');
});

it('a job that does not end in time after SIGTERM is killed', async () => {
  const { runner, lines, ends } = open({ graceMs: 300 });
  const file = path.join(folder, 'stubborn');
  runner.start('train', 'r', { MODE: 'stubborn', FILE: file });
  await expect.poll(() => lines, { timeout: 10_000 }).toEqual(['r ready']);
  await runner.close();
  expect(ends).toEqual([['r', 'SIGKILL']]);
  expect(await readFile(file, 'utf8')).toBe('not now');
});

it('a job above its time limit is asked to end, then killed', async () => {
  const { runner, ends } = open({ timeoutMs: 1000, graceMs: 300 });
  runner.start('train', 'r', { MODE: 'stubborn', FILE: path.join(folder, 'overdue') });
  await expect.poll(() => ends, { timeout: 10_000 }).toEqual([['r', 'time limit of 1 s']]);
});

it('a job ends by itself when the platform is gone, even one that would not end when asked', async () => {
  const host = path.join(projectRoot, 'infra/local/job-host.mjs');
  const platform = `
    const { fork } = require('node:child_process');
    const child = fork(${JSON.stringify(host)}, [${JSON.stringify(bundle)}], {
      env: { MODE: 'stubborn', FILE: ${JSON.stringify(path.join(folder, 'orphan'))} },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout.on('data', () => console.log(child.pid));`;
  const parent = spawn(process.execPath, ['-e', platform], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const job = Number(line.toString());
  expect(await allGone([job], 100)).toBe(false);
  parent.kill('SIGKILL');
  expect(await allGone([job])).toBe(true);
});
