import { readWav } from '../audio/read-wav.ts';
import { patchesIn, patchSeconds, shortestSamples, vggishPatches } from '../audio/vggish-patches.ts';
import type { WavFormat } from '../audio/wav-format.ts';
import { vggishKey } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { SavedModel } from '../model/saved-model.ts';
import type { Clip } from './clips.ts';

/** Makes AudioSet's embeddings of sound. */
export interface SoundEncoder {
  /** Bytes an embedding. */
  readonly width: number;
  /** @param patches `[n, 96, 64]` row-major; gives `[n, width]` */
  encode(patches: Float32Array): Promise<Uint8Array>;
}

/** Seconds of a request: what VGGish takes for them stays well below the time that a function has. */
const longestSound = 120;

/**
 * A WAV file as a clip of embeddings, one of each 0.96 seconds.
 *
 * @param encoder null where the deployment has none
 * @throws AUDIO_NOT_SERVED, AUDIO_TOO_LONG, AUDIO_TOO_SHORT, WAV_MALFORMED, WAV_UNSUPPORTED, and what `encoder` throws
 */
export async function clipOfSound(
  bytes: Uint8Array,
  id: string | null,
  model: Pick<SavedModel, 'spec' | 'preprocessing'>,
  encoder: () => Promise<SoundEncoder | null>,
): Promise<Clip> {
  const opened = await encoder();
  if (opened === null) {
    const [expected, received] = ["VGGish's weights in the bucket", 'no such object'];
    throw new EarshotError('AUDIO_NOT_SERVED', { file: vggishKey, expected, received });
  }
  const { width } = model.spec;
  const { dtype } = model.preprocessing;
  if (width !== opened.width || dtype !== 'uint8') {
    const expected = `a served model of ${opened.width} uint8 values a frame, as AudioSet's embeddings are`;
    throw new EarshotError('AUDIO_NOT_SERVED', {
      field: 'model',
      expected,
      received: `${width} ${dtype} values`,
    });
  }
  const patches = vggishPatches(readWav(bytes, expectFittingLength));
  return { id, frames: await opened.encode(patches), frameSeconds: patchSeconds };
}

function expectFittingLength({ frames, sampleRate }: WavFormat): void {
  const seconds = `${Number((frames / sampleRate).toFixed(3))} s`;
  if (frames > longestSound * sampleRate) {
    throw new EarshotError('AUDIO_TOO_LONG', { expected: `at most ${longestSound} s`, received: seconds });
  }
  if (patchesIn(frames, sampleRate) > 0) return;
  const expected = `at least ${shortestSamples / 16_000} s`;
  throw new EarshotError('AUDIO_TOO_SHORT', { expected, received: seconds });
}
