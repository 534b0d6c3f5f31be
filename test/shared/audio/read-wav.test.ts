import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWav } from '../../../shared/audio/read-wav.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { formatOf, riffChunk, type WavParts, wavOf } from '../../fixtures/wav.ts';

const tone = Array.from({ length: 101 }, (_, i) => 0.9 * Math.sin(i / 3));
const samplesOf = (bytes: Uint8Array) => [...readWav(bytes).samples];
const close = (a: readonly number[], b: readonly number[], step: number) => {
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThanOrEqual(step);
};

function problemOf(bytes: Uint8Array) {
  try {
    readWav(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(EarshotError);
    const { code, details } = error as EarshotError;
    expect(details).toMatchObject({
      expected: expect.stringMatching(/./),
      received: expect.stringMatching(/./),
    });
    return { code, ...details };
  }
  throw new Error('it was read');
}

describe('samples', () => {
  const kinds: readonly [bits: number, encoding: 'pcm' | 'float', step: number][] = [
    [8, 'pcm', 2 ** -8],
    [16, 'pcm', 2 ** -16],
    [24, 'pcm', 2 ** -23],
    [32, 'pcm', 2 ** -23],
    [32, 'float', 2 ** -24],
    [64, 'float', 2 ** -24],
  ];
  it.each(kinds)('of %i bits %s are -1..1', (bits, encoding, step) => {
    for (const extensible of [false, true]) {
      const { sampleRate, samples } = readWav(
        wavOf(tone, { bits, encoding, extensible, sampleRate: 44_100 }),
      );
      expect(sampleRate).toBe(44_100);
      close([...samples], tone, step);
    }
  });

  it.each(kinds.filter(([, encoding]) => encoding === 'pcm'))(
    'the lowest of %i bits is -1, silence 0',
    (bits) => {
      expect(samplesOf(wavOf([-1, 0], { bits }))).toEqual([-1, 0]);
    },
  );

  it('of several channels become their mean', () => {
    const values = [0.5, 0.25, 0, -0.5, -0.25, 0, 0.75, 0, 0];
    expect(samplesOf(wavOf(values.slice(0, 8), { channels: 2 }))).toEqual([0.375, -0.25, -0.125, 0.375]);
    expect(samplesOf(wavOf(values, { channels: 3 }))).toEqual([0.25, -0.25, 0.25]);
  });

  it('that a slice of a larger buffer holds are read where they are', () => {
    const file = wavOf(tone);
    const odd = Buffer.concat([Buffer.alloc(7), file]).subarray(7);
    expect(samplesOf(odd)).toEqual(samplesOf(file));
  });
});

describe('chunks', () => {
  const plain = samplesOf(wavOf(tone));
  const list = Buffer.from('INFOISFT\x05\x00\x00\x00Lavf\x00', 'latin1');
  it.each([
    ['a LIST of odd size with its pad', { between: [riffChunk('LIST', list)] }],
    ['a LIST of odd size without a pad', { between: [riffChunk('LIST', list, false)] }],
    ['an empty chunk', { between: [riffChunk('fact', new Uint8Array(0))] }],
    ['chunks behind the samples', { behind: [riffChunk('LIST', list), riffChunk('id3 ', list)] }],
    ['letters behind the last chunk', { behind: [Buffer.from('rest')] }],
    ['a second format', { between: [riffChunk('fmt ', formatOf({ bits: 8 }))] }],
    ['a format with an empty extension', { extension: Buffer.alloc(2) }],
  ] satisfies [string, WavParts][])('%s changes nothing', (_, parts) => {
    expect(samplesOf(wavOf(tone, parts))).toEqual(plain);
  });

  it.each([
    ["ffmpeg's into a pipe", 0xffff_ffff, 0xffff_ffff],
    ["SoX's into a pipe", 0x7fff_ffff - 36, 0x7fff_ffff],
    ['one that was never finished', 0, 0],
  ])('samples of unknown size go to the end: %s', (_, dataSize, riffSize) => {
    const streamed = wavOf(tone, { dataSize, riffSize });
    expect(samplesOf(streamed)).toEqual(plain);
    // Cut within a sample.
    expect(samplesOf(streamed.subarray(0, -1))).toEqual(plain.slice(0, -1));
  });

  it('the 64-bit size of an RF64 is that of its samples', () => {
    const sizes = Buffer.alloc(28);
    sizes.writeUInt32LE(2 * tone.length, 8);
    const rest = [riffChunk('ds64', sizes), riffChunk('fmt ', formatOf({}))];
    const file = wavOf(tone, {
      dataSize: 0xffff_ffff,
      riffSize: 0xffff_ffff,
      behind: [riffChunk('LIST', list)],
    });
    // In place of the plain format, whose chunk is 24 bytes behind the 12 of the head.
    const rf64 = Buffer.concat([Buffer.from('RF64'), file.subarray(4, 12), ...rest, file.subarray(36)]);
    expect(samplesOf(rf64)).toEqual(plain);
  });
});

describe('what is wrong is named', () => {
  const change = (at: number, bytes: readonly number[], parts?: WavParts) => {
    const file = Buffer.from(wavOf(tone, parts));
    file.set(bytes, at);
    return file;
  };
  const file = wavOf(tone);
  it.each([
    ['nothing', new Uint8Array(0), 'WAV_MALFORMED', 'riff.id', 'the end of the file'],
    ['an MP3', Buffer.from('ID3\x04\x00\x00'), 'WAV_MALFORMED', 'riff.id', '"ID3\\u0004"'],
    ['big-endian samples', change(0, [...Buffer.from('RIFX')]), 'WAV_MALFORMED', 'riff.id', '"RIFX"'],
    ['an AVI', change(8, [...Buffer.from('AVI ')]), 'WAV_MALFORMED', 'riff.form', '"AVI "'],
    ['no format', Buffer.concat([file.subarray(0, 12), file.subarray(36)]), 'WAV_MALFORMED', 'fmt', 'none'],
    ['no samples', file.subarray(0, 36), 'WAV_MALFORMED', 'data', 'none'],
    ['a cut format', file.subarray(0, 30), 'WAV_MALFORMED', 'fmt.size', '10 bytes'],
    ['cut samples', file.subarray(0, 100), 'WAV_MALFORMED', 'data.size', '56 bytes'],
    ['samples of no length', wavOf([]), 'WAV_MALFORMED', 'data.size', '0 bytes'],
    ['no channels', change(22, [0, 0]), 'WAV_MALFORMED', 'fmt.channels', '0'],
    ['no rate', change(24, [0, 0, 0, 0]), 'WAV_MALFORMED', 'fmt.sampleRate', '0'],
    ['another size of a sample', change(32, [3, 0]), 'WAV_MALFORMED', 'fmt.blockAlign', '3'],
    ['12 bits', change(34, [12, 0]), 'WAV_UNSUPPORTED', 'fmt.bitsPerSample', '12'],
    ['floats of 16 bits', change(20, [3, 0]), 'WAV_UNSUPPORTED', 'fmt.bitsPerSample', '16'],
    ['mu-law', change(20, [7, 0]), 'WAV_UNSUPPORTED', 'fmt.coding', '7 (mu-law)'],
    ['MP3 in WAV', change(20, [85, 0]), 'WAV_UNSUPPORTED', 'fmt.coding', '85 (MP3)'],
    [
      'extensible mu-law',
      change(44, [7, 0], { extensible: true }),
      'WAV_UNSUPPORTED',
      'fmt.coding',
      '7 (mu-law)',
    ],
    [
      'a coding of its own',
      change(50, [1], { extensible: true }),
      'WAV_UNSUPPORTED',
      'fmt.subFormat',
      '0100',
    ],
    [
      'not a number',
      wavOf([0, Number.NaN], { bits: 32, encoding: 'float' }),
      'WAV_MALFORMED',
      'data',
      'sample 1',
    ],
    [
      'a float beyond float32',
      wavOf([1e300], { bits: 64, encoding: 'float' }),
      'WAV_MALFORMED',
      'data',
      '1e+300',
    ],
  ])('%s', (_, bytes, code, field, received) => {
    expect(problemOf(bytes)).toMatchObject({ code, field, received: expect.stringContaining(received) });
  });

  it('whatever is changed or cut, it is read, or refused by a code', () => {
    const whole = wavOf(tone, { extensible: true, between: [riffChunk('LIST', Buffer.from('INFO'))] });
    const edit = fc.record({ at: fc.nat(whole.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.nat(whole.length), (edits, length) => {
        const bytes = Uint8Array.from(whole.subarray(0, length));
        for (const { at, value } of edits) if (at < length) bytes[at] = value;
        try {
          expect(readWav(bytes).samples.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^WAV_/) });
        }
      }),
      { numRuns: 500 },
    );
  });
});
