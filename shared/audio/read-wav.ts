import { malformed, readWavFormat, type WavFormat } from './wav-format.ts';

/** A sound of one channel. */
export interface Waveform {
  /** Hz */
  readonly sampleRate: number;
  /** -1..1 of a file of whole numbers; as they are of floats. Finite. */
  readonly samples: Float32Array;
}

/**
 * Reads a WAV file: PCM of 8 (unsigned), 16, 24 or 32 bits, floats of 32 or 64; several channels become their mean, as
 * VGGish's front end has it.
 * @param check looks at the format before the samples are decoded
 * @throws WAV_MALFORMED, WAV_UNSUPPORTED naming field, expected and received, and what `check` throws
 */
export function readWav(bytes: Uint8Array, check: (format: WavFormat) => void = () => undefined): Waveform {
  const format = readWavFormat(bytes);
  check(format);
  const { channels, frames, sampleBytes, sampleRate, start } = format;
  const valueAt = decoderOf(format, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const samples = new Float32Array(frames);
  for (let frame = 0, at = start; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += sampleBytes) sum += valueAt(at);
    samples[frame] = sum / channels;
    if (Number.isFinite(samples[frame])) continue;
    throw malformed(
      'data',
      'finite numbers',
      `${sum} in sample ${frame}`,
      start + frame * channels * sampleBytes,
    );
  }
  return { sampleRate, samples };
}

function decoderOf({ encoding, sampleBytes }: WavFormat, view: DataView): (at: number) => number {
  if (encoding === 'float') {
    return sampleBytes === 4 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  }
  switch (sampleBytes) {
    case 1:
      return (at) => (view.getUint8(at) - 128) / 128;
    case 2:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 3:
      return (at) => (view.getUint8(at) + view.getInt16(at + 1, true) * 256) / 2 ** 23;
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31;
  }
}
