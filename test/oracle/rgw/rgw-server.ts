import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunningServer } from '../../contract/s3/s3-conformance.ts';
import { accessKeyId, secretAccessKey } from '../../fixtures/object-store/temporary-store.ts';
import { freePort } from '../free-port.ts';
import { versionOf } from '../programs.ts';

const script = fileURLToPath(new URL('start-rgw.sh', import.meta.url));
const programs = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph'];

/** Ceph's RADOS Gateway, the S3 that clouds of others run on: Debian `radosgw ceph-mon ceph-osd ceph-common`. */
export const hasRgw = programs.every((program) => versionOf(program, '--version') !== null);

/** An empty gateway with the account of test/fixtures/object-store. It ends with this process at the latest. */
export async function startRgw(): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-rgw-'));
  const [port, monitorPort] = [await freePort(), await freePort()];
  const options = [join(folder, 'cluster'), String(port), String(monitorPort), accessKeyId, secretAccessKey];
  const child = spawn('bash', [script, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async () => {
    child.stdin.end();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  if (!(await isReady(child))) {
    await close();
    throw new Error('the RADOS Gateway does not start; what its parts said is above');
  }
  return { url: `http://127.0.0.1:${port}`, location: 'us-south-standard', close };
}

async function isReady(child: ChildProcess): Promise<boolean> {
  for await (const line of createInterface({ input: child.stdout! })) if (line === 'ready') return true;
  return false;
}
