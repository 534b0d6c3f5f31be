import { spawn } from 'node:child_process';
import type { RunningServer } from '../../contract/s3/s3-conformance.ts';
import { freePort } from '../free-port.ts';
import { versionOf } from '../programs.ts';

const program = 'moto_server';

/** moto is an S3 written by others, in Python: PyPI `moto[server]`, pinned in test/oracle/requirements.txt. */
export const hasMoto = versionOf(program, '--help') !== null;

export async function startMoto(): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await answers(url);
  return {
    url,
    // It takes only the region that the request is signed for.
    location: 'us-south',
    async close() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function answers(url: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`${program} does not answer at ${url}`);
}
