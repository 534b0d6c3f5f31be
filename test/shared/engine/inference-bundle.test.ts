import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('the inference path bundles neither gradients nor layers, converter or WebGL, and stays below 2 MB', async () => {
  const { outputs, inputs } = await bundle(`
    export { openInferenceEngine } from './shared/engine/inference-engine.ts';
    export { openSavedModel } from './shared/model/saved-model.ts';`);

  const packages = new Set(
    Object.keys(inputs).flatMap((file) => file.match(/node_modules\/(@tensorflow\/[^/]+)/)?.[1] ?? []),
  );
  expect([...packages].sort()).toEqual(['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-core']);
  expect(Object.values(outputs)[0]!.bytes).toBeLessThan(2_000_000);
});

async function bundle(contents: string) {
  const { metafile } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return metafile;
}
