import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openInferenceEngine } from '../../../shared/engine/inference-engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

describe('an engine', () => {
  it('on WebAssembly multiplies and differentiates', async () => {
    const engine = await openEngine('wasm');
    expect(engine.name).toBe('wasm');
    expect(engine.version).toMatch(/^tfjs 4\./);
    expect(slopeOfSquare(engine, 3)).toBeCloseTo(6, 5);
  });

  it('for inference runs on our own kernels', async () => {
    const { name, tf } = await openInferenceEngine();
    expect(name).toBe('simd');
    expect(tf.tidy(() => tf.sum(tf.tensor([1, 2, 3], [3])).dataSync()[0])).toBe(6);
  });

  it('that is chosen automatically is native, or WebAssembly with the reason', async () => {
    const engine = await openEngine('auto');
    expect(slopeOfSquare(engine, 4)).toBeCloseTo(8, 5);
    if (engine.name === 'native') expect(engine.version).toContain('TensorFlow');
    else expect(engine.nativeUnavailable).toBeTruthy();
  });

  it('that is asked for by name is that one, or an error with its cause', async () => {
    const outcome = await openEngine('native').catch((error: unknown) => error);
    if (outcome instanceof EarshotError) {
      expect(outcome.code).toBe('ENGINE_UNAVAILABLE');
      expect(outcome.cause).toBeInstanceOf(Error);
    } else {
      expect((outcome as Engine).name).toBe('native');
    }
  });

  it('says which binary is missing', async () => {
    const wasmFolder = path.join(tmpdir(), 'no-such-folder');
    await expect(openEngine('wasm', { wasmFolder })).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      details: { file: path.join(wasmFolder, 'tfjs-backend-wasm-simd.wasm') },
    });
  });
});

function slopeOfSquare({ tf }: Engine, x: number): number {
  return tf.tidy(
    () =>
      tf
        .grad((value) => tf.square(value))(tf.scalar(x))
        .dataSync()[0]!,
  );
}
