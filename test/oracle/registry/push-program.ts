import { functionFiles } from '../../../infra/bundles/function-files.ts';
import { appImage } from '../../../infra/serverless-code-engine/images/app-image.ts';
import { codeBundleImage } from '../../../infra/serverless-code-engine/images/code-bundle-image.ts';
import { pullManifest } from '../../../infra/serverless-code-engine/images/pull-manifest.ts';
import { pushImage } from '../../../infra/serverless-code-engine/images/push-image.ts';
import { openRegistry } from '../../../infra/serverless-code-engine/images/registry.ts';

/** One line of JSON on standard output. */
export interface Pushed {
  readonly reference: string;
  readonly pushed: boolean;
  readonly digest: string;
  /** Bytes of the last layer, compressed. */
  readonly layerBytes: number;
  readonly node: string;
}

/**
 * What a deployment does with images, in a process that trusts the registry's certificate (NODE_EXTRA_CA_CERTS):
 * `function ROOT HOST REPOSITORY TAG`, or `app HOST/BASE-REPOSITORY HOST REPOSITORY TAG`. The password is in the environment.
 */
export async function main([kind, source, host, repository, tag]: readonly string[]): Promise<void> {
  const credentials = {
    username: process.env['REGISTRY_USER']!,
    password: process.env['REGISTRY_PASSWORD']!,
  };
  const open = (at: string) => openRegistry({ host: at, credentials });
  const image = kind === 'function' ? await functionImage(source!) : await imageOnBase(source!);
  // A few chunks for the function, too.
  const pushed = await pushImage(open(host!), repository!, tag!, image, { chunkBytes: 200_000 });
  const layerBytes = image.layers.at(-1)!.size;
  console.log(JSON.stringify({ ...pushed, digest: image.digest, layerBytes, node: process.version }));

  async function imageOnBase(base: string) {
    const slash = base.indexOf('/');
    return appImage({
      base: await pullManifest(open(base.slice(0, slash)), base.slice(slash + 1), 'base'),
      files: [{ path: 'app/main.js', bytes: Buffer.from('process.exit(0);\n') }],
      entrypoint: ['node', 'main.js'],
      env: { NODE_ENV: 'production' },
      workingDir: '/app',
      user: '1000:1000',
      port: 8080,
    });
  }
}

async function functionImage(root: string) {
  const handler = 'functions/infer/handler.main';
  return codeBundleImage(await functionFiles({ root, handler, runtime: 'nodejs-22' }));
}
