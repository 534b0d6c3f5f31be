import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, it } from 'vitest';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { objectStoreContract } from '../contract/object-store-contract.ts';
import { bucket, plainClient, settingsFor } from '../fixtures/object-store/temporary-store.ts';

/** moto_server (PyPI `moto[server]`) is an S3 written by others: what the adapter must do, it must do there too. */
const program = 'moto_server';
const hasMoto = (() => {
  try {
    execFileSync(program, ['--help'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

if (hasMoto) {
  objectStoreContract('ibm-cos-sdk and moto', async () => {
    const port = await freePort();
    const server = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const url = `http://127.0.0.1:${port}`;
    await answers(url);
    await plainClient(url)
      .createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'us-south' } })
      .promise();
    return { store: openCosObjectStore(settingsFor(url)), close: () => end(server) };
  });
} else {
  describe('the object store contract over moto', () => {
    it.skip('needs moto_server on PATH (pip install "moto[server]")', () => {});
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function answers(url: string): Promise<void> {
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function end(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGTERM');
  });
}
