import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('engine and saved model bundle nothing of TensorFlow.js, and no package but the one that reads schemas', async () => {
  const { outputs, inputs } = await bundle(`
    export { openInferenceEngine } from './shared/engine/inference-engine.ts';
    export { openSavedModel } from './shared/model/saved-model.ts';`);

  const packages = new Set(
    Object.keys(inputs).flatMap((file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []),
  );
  expect([...packages].sort()).toEqual(['zod']);
  expect(Object.values(outputs)[0]!.bytes).toBeLessThan(200_000);
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
