import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { projectRoot } from '../e2e/run-serverless.ts';
import { type BundledProgram, bundleProgram } from '../fixtures/killable-process.ts';
import { startCuttingProxy } from '../fixtures/object-store/cutting-proxy.ts';
import {
  accessKeyId,
  secretAccessKey,
  startTemporaryStore,
} from '../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../fixtures/published-model.ts';
import {
  type DockerRegistry,
  missingImagePrograms,
  password,
  startDockerRegistry,
  user,
} from './registry/docker-registry.ts';
import { node22 } from './registry/node-22.ts';
import { projectCopy } from './registry/project-copy.ts';
import type { Pushed } from './registry/push-program.ts';
import { answersAsTheModel, startHarness } from './registry/running-function.ts';

const run = promisify(execFile);
const repository = 'team/earshot-infer';
/** What the deployer's environment holds; none of it may get into an image. */
const planted = { IBMCLOUD_API_KEY: 'planted-api-key-1', COS_SECRET_ACCESS_KEY: 'planted-cos-secret-2' };

describe.skipIf(missingImagePrograms !== null)(
  `images in docker-registry${missingImagePrograms === null ? '' : ` (needs ${missingImagePrograms})`}`,
  () => {
    let registry: DockerRegistry;
    let program: BundledProgram;
    let work: string;
    let first: Pushed;
    beforeAll(async () => {
      registry = await startDockerRegistry();
      program = await bundleProgram('push-program', new URL('registry/push-program.ts', import.meta.url), {
        packages: 'external',
      });
      work = await mkdtemp(join(tmpdir(), 'earshot-images-'));
      first = await pushFunction(projectRoot);
    });
    afterAll(async () => {
      await program?.remove();
      await registry?.stop();
      if (work !== undefined) await rm(work, { recursive: true });
    });

    interface Pushing {
      readonly node?: string;
      readonly secret?: string;
      readonly certificates?: string;
    }

    async function push(
      args: readonly string[],
      { node = process.execPath, secret = password, certificates = registry.certificate.file }: Pushing = {},
    ): Promise<Pushed> {
      const { stdout, stderr } = await run(node, [program.file, ...args], {
        env: {
          ...process.env,
          ...planted,
          NODE_EXTRA_CA_CERTS: certificates,
          REGISTRY_USER: user,
          REGISTRY_PASSWORD: secret,
        },
      });
      expect(`${stdout}${stderr}`).not.toContain(secret);
      return JSON.parse(stdout);
    }
    const pushFunction = (root: string, how?: Pushing) =>
      push(['function', root, registry.host, repository, 'prod'], how);

    const asUser = (side: string) => [`--${side}creds`, `${user}:${password}`];
    const trusting = (side: string) => [`--${side}cert-dir`, registry.certificate.folder];

    /** What skopeo pulls, as umoci unpacks it. */
    async function unpacked(reference: string): Promise<{ folder: string; config: Record<string, unknown> }> {
      const name = reference.replace(/\W/g, '-');
      const layout = join(work, `${name}-oci`);
      const source = `docker://${reference.replace(/:[\w.-]+@/, '@')}`;
      await run('skopeo', [
        '--insecure-policy',
        'copy',
        ...asUser('src-'),
        ...trusting('src-'),
        source,
        `oci:${layout}:it`,
      ]);
      const folder = join(work, name);
      await run('umoci', ['unpack', '--image', `${layout}:it`, folder]);
      const { stdout } = await run('skopeo', ['inspect', '--config', `oci:${layout}:it`]);
      return { folder: join(folder, 'rootfs'), config: JSON.parse(stdout) };
    }

    /** What skopeo says of the tag `prod`. */
    async function digestIn(name: string): Promise<string> {
      const { stdout } = await run('skopeo', [
        ...['inspect', '--format', '{{.Digest}}', ...asUser(''), ...trusting('')],
        `docker://${registry.host}/${name}:prod`,
      ]);
      return stdout.trim();
    }

    it('a function is pushed in chunks, and is the same digest at another path and on Node 22', async () => {
      expect(first.pushed).toBe(true);
      const elsewhere = await projectCopy(projectRoot, join(work, 'another', 'place'));
      const { digest, pushed, node } = await pushFunction(elsewhere, { node: await node22() });
      expect({ digest, pushed }).toEqual({ digest: first.digest, pushed: false });
      console.log(
        `infer: ${first.layerBytes} bytes of layer, ${first.digest}, by Node ${first.node} and ${node}`,
      );
      expect(await digestIn(repository)).toBe(first.digest);
    });

    it('a push over a line that loses every other connection ends in the same image', async () => {
      // Enough for the handshake of TLS and an answer or two.
      const cutFor = (connection: number) => (connection % 2 === 0 ? { afterBytes: 2500 } : null);
      const line = await startCuttingProxy(`https://${registry.host}`, cutFor);
      try {
        const host = new URL(line.url).host;
        const { pushed } = await push(['function', projectRoot, host, 'team/broken-line', 'prod']);
        expect(pushed).toBe(true);
        expect(line.connections()).toBeGreaterThan(1);
        expect(await digestIn('team/broken-line')).toBe(first.digest);
      } finally {
        await line.close();
      }
    });

    it('a wrong password is REGISTRY_DENIED', async () => {
      const base = `${registry.host}/library/base`;
      const denied = push(['app', base, registry.host, 'team/events', 'prod'], { secret: 'wrong-one' });
      await expect(denied).rejects.toMatchObject({ stderr: expect.stringContaining('REGISTRY_DENIED') });
      await expect(denied).rejects.not.toMatchObject({ stderr: expect.stringContaining('wrong-one') });
    });

    it('a registry that wants tokens gets them for just the repositories of a request', async () => {
      const strict = await startDockerRegistry('tokens');
      const certificates = strict.certificate.file;
      try {
        const base = await push(['function', projectRoot, strict.host, 'library/base', 'base'], {
          certificates,
        });
        const app = ['app', `${strict.host}/library/base`, strict.host, 'team/events', 'prod'];
        const above = await push(app, { certificates });
        expect([base.digest, above.pushed]).toEqual([first.digest, true]);
        expect(await push(app, { certificates })).toEqual({ ...above, pushed: false });
        const scopes = strict.scopes.map((scope) => scope.replace('push,pull', 'pull,push'));
        const [ofBase, ofApp] = ['repository:library/base', 'repository:team/events'];
        expect([...new Set(scopes)].sort()).toEqual([
          `${ofBase}:pull`,
          `${ofBase}:pull,push`,
          `${ofApp}:pull`,
          `${ofApp}:pull,push`,
        ]);
        await expect(push(app, { certificates, secret: 'wrong-one' })).rejects.toMatchObject({
          stderr: expect.stringContaining('REGISTRY_DENIED'),
        });
      } finally {
        await strict.stop();
      }
    });

    it('an unpacked function holds nothing of this machine and no secret, and answers with the saved model', async () => {
      const { folder, config } = await unpacked(first.reference);
      expect(config).toMatchObject({ architecture: 'amd64', os: 'linux' });
      expect((await readdir(folder)).sort()).toEqual(['main.js', 'package.json']);
      for (const file of await readdir(folder)) {
        const content = await readFile(join(folder, file), 'latin1');
        const ours = [
          projectRoot,
          work,
          homedir(),
          hostname(),
          registry.host,
          password,
          ...Object.values(planted),
        ];
        for (const text of ours.filter((one) => one.length > 5)) expect(content).not.toContain(text);
      }
      const store = await startTemporaryStore();
      const running = await startHarness(folder, {
        COS_ENDPOINT: store.settings.endpoint,
        COS_BUCKET: store.settings.bucket,
        COS_ACCESS_KEY_ID: accessKeyId,
        COS_SECRET_ACCESS_KEY: secretAccessKey,
        EARSHOT_MODEL: 'small',
      });
      try {
        await publish(openCosObjectStore(store.settings), 'small', 'v1', smallModel(1));
        await answersAsTheModel(running.url);
      } finally {
        running.stop();
        await store.remove();
      }
    });

    it('an app is its base, from another registry or the same, and one layer', async () => {
      const other = await startDockerRegistry();
      try {
        await makeBase(other);
        const certificates = join(work, 'both.pem');
        const both = [registry, other].map(({ certificate }) => readFile(certificate.file, 'utf8'));
        await writeFile(certificates, (await Promise.all(both)).join(''));
        const base = `${other.host}/library/base`;
        const copied = await push(['app', base, registry.host, 'team/events', 'prod'], { certificates });
        const mounted = await push(['app', base, other.host, 'team/events', 'prod'], { certificates });
        expect([copied.pushed, mounted.pushed, mounted.digest]).toEqual([true, true, copied.digest]);
        const { folder, config } = await unpacked(copied.reference);
        expect(await readFile(join(folder, 'etc/base-file'), 'utf8')).toBe('of the base\n');
        expect(await readFile(join(folder, 'app/main.js'), 'utf8')).toBe('process.exit(0);\n');
        expect(config['config']).toMatchObject({
          Env: ['PATH=/usr/bin', 'NODE_ENV=production'],
          Entrypoint: ['node', 'main.js'],
          WorkingDir: '/app',
          User: '1000:1000',
        });
      } finally {
        await other.stop();
      }
    });

    async function makeBase(at: DockerRegistry): Promise<void> {
      const files = join(work, 'base/etc');
      await mkdir(files, { recursive: true });
      await writeFile(join(files, 'base-file'), 'of the base\n');
      const layout = join(work, 'base-oci');
      await run('umoci', ['init', '--layout', layout]);
      await run('umoci', ['new', '--image', `${layout}:base`]);
      await run('umoci', ['insert', '--image', `${layout}:base`, files, '/etc']);
      const settings = ['--config.env', 'PATH=/usr/bin', '--config.cmd', 'node'];
      await run('umoci', ['config', '--image', `${layout}:base`, ...settings]);
      const access = [...asUser('dest-'), '--dest-cert-dir', at.certificate.folder];
      const target = `docker://${at.host}/library/base:base`;
      await run('skopeo', ['--insecure-policy', 'copy', ...access, `oci:${layout}:base`, target]);
    }
  },
);
