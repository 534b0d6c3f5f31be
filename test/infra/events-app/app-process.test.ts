import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeEventsApp, parseDescription } from '../../../infra/events-app/app-description.ts';
import { eventsAppFiles } from '../../../infra/events-app/events-app-files.ts';
import type { ImageFile } from '../../../infra/serverless-code-engine/images/tar-archive.ts';
import { type Service, serviceOf } from '../../../infra/service/service.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { bucket, eventRequest, secret } from './running-app.ts';

/** Answers when there is a file `go` beside it, and tells of its environment. */
const slowFunction = `
  import { existsSync } from 'node:fs';
  import { setTimeout as pause } from 'node:timers/promises';
  export async function main() {
    console.error('working');
    while (!existsSync(process.env.GO)) await pause(10);
    return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'worked' };
  }`;

let root: string;
let service: Service;
let files: ImageFile[];
const children: ChildProcess[] = [];

async function projectAt(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'functions'), { recursive: true });
  await writeFile(path.join(folder, 'functions/slow.ts'), slowFunction);
  for (const shared of ['node_modules', 'infra', 'shared']) {
    await symlink(path.join(projectRoot, shared), path.join(folder, shared));
  }
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'earshot-events-app-'));
  await projectAt(root);
  service = serviceOf({
    service: 'small',
    provider: { name: 'code-engine', runtime: 'nodejs-22', bucket },
    functions: {
      web: { handler: 'functions/web.main', events: [{ http: { path: '/', method: '*' } }] },
      slow: { handler: 'functions/slow.main', timeout: 30, events: [{ cos: { prefix: 'in/' } }] },
      tick: { handler: 'functions/slow.main', concurrency: 3, events: [{ cron: '* * * * *' }] },
    },
  });
  files = await eventsAppFiles(service, root);
  for (const file of files) {
    const target = path.join(root, 'app', file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.bytes);
  }
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rm(root, { recursive: true }));

function start(env: Readonly<Record<string, string>>) {
  const settings = { PATH: process.env['PATH'], PORT: '0', GO: path.join(root, 'go'), COS_BUCKET: bucket };
  const child = spawn(process.execPath, ['start.cjs'], {
    cwd: path.join(root, 'app'),
    env: { ...settings, EARSHOT_EVENTS_SECRET: secret, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const logged = (event: string) => lines.map(jsonOf).find((line) => line['event'] === event);
  const url = async () => {
    await expect.poll(() => logged('listening'), { timeout: 20_000 }).toBeDefined();
    return `http://127.0.0.1:${logged('listening')!['port']}`;
  };
  return { child, lines, ended, logged, url };
}

function jsonOf(line: string): Record<string, unknown> {
  return line.startsWith('{') ? JSON.parse(line) : {};
}

describe('the files of the events app', () => {
  it('describe the functions that objects or the clock wake', () => {
    const description = describeEventsApp(service);
    expect(description.functions).toEqual({
      slow: {
        bundle: 'functions/slow/main.cjs',
        timeoutSeconds: 30,
        concurrency: 1,
        cos: [{ prefix: 'in/', operation: 'all' }],
        cron: false,
      },
      tick: { bundle: 'functions/tick/main.cjs', timeoutSeconds: 60, concurrency: 3, cos: [], cron: true },
    });
    expect(parseDescription(JSON.stringify(description))).toEqual(description);
    expect(() => parseDescription('{"functions": {"slow": {}}}')).toThrow(/app\.json/);
  });

  it('are the same bytes each time, and of the same project at another path', async () => {
    const elsewhere = path.join(root, 'another/place');
    await projectAt(elsewhere);
    const again = await eventsAppFiles(service, elsewhere);
    expect(again.map((file) => file.path).sort()).toEqual([
      'app.json',
      'functions/slow/main.cjs',
      'functions/tick/main.cjs',
      'main.cjs',
      'start.cjs',
    ]);
    for (const [i, { path: name, bytes }] of again.entries()) {
      expect(name).toBe(files[i]!.path);
      expect(Buffer.from(bytes).equals(files[i]!.bytes)).toBe(true);
    }
  });
});

describe('the process of the events app', () => {
  it('ends at SIGTERM when the event that it works on is done', async () => {
    const { child, ended, lines, logged, url } = start({});
    const answer = fetch(`${await url()}/events/slow`, eventRequest());
    await expect.poll(() => lines, { timeout: 20_000 }).toContain('working');
    child.kill('SIGTERM');
    await expect.poll(() => logged('stopping'), { timeout: 20_000 }).toMatchObject({ signal: 'SIGTERM' });
    expect(child.exitCode).toBeNull();
    await writeFile(path.join(root, 'go'), '');
    const response = await answer;
    expect([response.status, await response.text()]).toEqual([200, 'worked']);
    expect(await ended).toBe(0);
    expect(logged('stopped')).toMatchObject({ unfinished: 0 });
    expect(logged('event')).toMatchObject({ outcome: 'done', key: 'in/Notes.rtf' });
    expect(lines.join('\n')).not.toContain(secret);
  });

  it.each([
    ['no secret', { EARSHOT_EVENTS_SECRET: '' }, 'EARSHOT_EVENTS_SECRET'],
    ['a secret that can be guessed', { EARSHOT_EVENTS_SECRET: 'hush-hush' }, 'EARSHOT_EVENTS_SECRET'],
    ['no bucket', { COS_BUCKET: '' }, 'COS_BUCKET'],
    ['no port', { PORT: 'http' }, 'PORT'],
  ])('does not start with %s', async (_, env, field) => {
    const { ended, lines, logged } = start(env);
    expect(await ended).toBe(1);
    expect(logged('start-failed')).toMatchObject({ code: 'SETTING_INVALID' });
    expect(String(logged('start-failed')!['message'])).toContain(field);
    expect(lines.join('\n')).not.toContain('hush-hush');
  });
});
