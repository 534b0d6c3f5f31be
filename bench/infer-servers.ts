import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpCaller } from './http-caller.ts';

/** A server in a process of its own. */
export interface BenchServer {
  readonly url: string;
  stop(): Promise<void>;
}

export const rivals = ['keras-predict', 'keras-call', 'onnxruntime'] as const;
export type Rival = (typeof rivals)[number];
const servers = ['ours', 'node-constant', ...rivals];

/** Takes `--only SERVER,…` out of the options: these servers are measured, and ours. @throws Error with the names */
export function chosenServers(options: readonly string[]): { only: readonly string[]; others: string[] } {
  const at = options.indexOf('--only');
  if (at < 0) return { only: servers, others: [...options] };
  const only = (options[at + 1] ?? '').split(',');
  if (!only.every((name) => servers.includes(name))) throw new Error(`usage: --only ${servers.join(',')}`);
  return { only, others: options.toSpliced(at, 2) };
}

/** What their ratios are called. */
export const ratioNames: Readonly<Record<Rival, string>> = {
  'keras-predict': 'keras-fastapi',
  'keras-call': 'keras-function-fastapi',
  onnxruntime: 'onnxruntime-fastapi',
};

const setting = 'EARSHOT_SERVING_PYTHON';

/** The Python with bench/infer-requirements.txt; undefined, with a word, when none is named. */
export function servingPython(): string | undefined {
  const python = process.env[setting];
  if (python === undefined) {
    console.error(
      `${setting} names no Python: no ratio to Keras and ONNX Runtime. python3 -m venv .venv/serving && ` +
        `.venv/serving/bin/pip install -r bench/infer-requirements.txt, then ${setting}=.venv/serving/bin/python`,
    );
  }
  return python;
}

/** A program of this folder that prints its URL. */
export async function startProgram(file: string, ...args: readonly string[]): Promise<BenchServer> {
  const child = spawn(process.execPath, ['infra/typescript/run.mjs', path.join('bench', file), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await Promise.race([once(child.stdout!, 'data'), ended(child, file)])) as [Buffer];
  return {
    url: line.toString().trim(),
    stop: async () => {
      const gone = once(child, 'exit');
      child.stdin!.end();
      await gone;
    },
  };
}

/** Starts a rival and waits until it answers `body`. */
export async function startRivalServer(
  python: string,
  rival: Rival,
  folder: string,
  body: Buffer,
): Promise<BenchServer> {
  const port = await freePort();
  const child = spawn(python, ['bench/infer-server.py', rival, folder, `${port}`], {
    // Its notes would drown the result.
    stdio: ['ignore', 'ignore', process.env['EARSHOT_DEBUG'] ? 'inherit' : 'ignore'],
  });
  const url = `http://127.0.0.1:${port}`;
  const gone = ended(child, `bench/infer-server.py ${rival}`);
  await Promise.race([untilItAnswers(url, body), gone]);
  return {
    url,
    stop: async () => {
      gone.catch(() => undefined);
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}

/** Asks again and again until there is an answer. */
async function untilItAnswers(url: string, body: Buffer): Promise<void> {
  const caller = new HttpCaller(url, 1);
  try {
    for (;;) {
      const answer = await caller.post(body).catch(() => null);
      if (answer?.status === 200) return;
      await pause(2);
    }
  } finally {
    caller.close();
  }
}

async function ended(child: ChildProcess, what: string): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`${what} ended with ${signal ?? code}; EARSHOT_DEBUG=1 shows what it wrote`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
