import { EarshotError, type ErrorDetails } from '../errors/earshot-error.ts';
import { type RiffChunk, RiffFile } from './riff-file.ts';

/** How the samples of a WAV file lie in its bytes. */
export interface WavFormat {
  readonly encoding: 'pcm' | 'float';
  readonly channels: number;
  /** Hz */
  readonly sampleRate: number;
  /** Of one sample of one channel: 1, 2, 3, 4 or 8. */
  readonly sampleBytes: number;
  /** Where the first sample begins. */
  readonly start: number;
  /** Samples of each channel. */
  readonly frames: number;
}

type Coding = Omit<WavFormat, 'start' | 'frames'>;

/** Microsoft's registered numbers of codings. */
const codings: Readonly<Record<number, string>> = {
  1: 'PCM',
  2: 'Microsoft ADPCM',
  3: 'IEEE float',
  6: 'A-law',
  7: 'mu-law',
  17: 'IMA ADPCM',
  80: 'MPEG',
  85: 'MP3',
  65534: 'extensible',
};
const extensible = 65_534;
/** Behind the coding's number in the GUID of an extensible format. */
const guidTail = '000000001000800000aa00389b71';
const bitsOf = { pcm: [8, 16, 24, 32], float: [32, 64] } as const;
/**
 * Who writes to a pipe does not know how much it will be; ffmpeg puts 0xFFFFFFFF, SoX somewhat less than 2 GB.
 * No request is as large.
 */
const unknownSize = 0x7fff_0000;

/**
 * Finds format and samples in a RIFF/WAVE file, also RF64 and BW64. Chunks of other kinds are passed over, with or
 * without the byte that pads odd ones. Samples of unknown size (a stream's) go to the end of the file.
 * @throws WAV_MALFORMED, WAV_UNSUPPORTED naming field, expected and received
 */
export function readWavFormat(bytes: Uint8Array): WavFormat {
  const file = new RiffFile(bytes);
  expectWave(file);
  const sizes = { riff: file.size(4), data: null as number | null };
  let coding: Coding | null = null;
  let data: RiffChunk | null = null;
  for (const chunk of file.all()) {
    if (chunk.id === 'ds64') sizes.data = dataSizeOf64(file, chunk);
    if (chunk.id === 'fmt ') coding ??= codingOf(file, chunk);
    if (chunk.id === 'data') data ??= { ...chunk, size: dataSize(file, chunk, sizes) };
    if (coding !== null && data !== null) break;
  }
  if (coding === null) throw malformed('fmt', 'a chunk "fmt " that says what the samples are', 'none');
  if (data === null) throw malformed('data', 'a chunk "data" with the samples', 'none');
  const frames = Math.floor(data.size / (coding.channels * coding.sampleBytes));
  if (frames === 0) throw malformed('data.size', 'at least one sample', `${data.size} bytes`, data.start);
  return { ...coding, start: data.start, frames };
}

function expectWave(file: RiffFile): void {
  const form = file.id(0);
  if (!['RIFF', 'RF64', 'BW64'].includes(form)) {
    throw malformed('riff.id', 'RIFF, RF64 or BW64: a WAV file', file.shown(0), 0);
  }
  if (file.id(8) !== 'WAVE') throw malformed('riff.form', 'WAVE', file.shown(8), 8);
}

/** @param sizes what the file's head says: the size of all, and of an RF64 the data's in 64 bits */
function dataSize(
  file: RiffFile,
  { start, size }: RiffChunk,
  sizes: { riff: number; data: number | null },
): number {
  const present = file.length - start;
  const isUnknown = size >= unknownSize || (size === 0 && (sizes.riff === 0 || sizes.riff >= unknownSize));
  if (isUnknown && sizes.data === null) return present;
  const declared = isUnknown ? sizes.data! : size;
  if (declared <= present) return declared;
  throw malformed('data.size', `${declared} bytes of samples, as the file says`, `${present} bytes`, start);
}

function dataSizeOf64(file: RiffFile, { start, size }: RiffChunk): number {
  if (size < 16 || start + 16 > file.length) {
    throw malformed('ds64.size', 'at least 16 bytes', `${Math.min(size, file.length - start)} bytes`, start);
  }
  return file.size(start + 8) + file.size(start + 12) * 2 ** 32;
}

function codingOf(file: RiffFile, { start, size }: RiffChunk): Coding {
  const present = Math.min(size, file.length - start);
  if (present < 16) throw malformed('fmt.size', 'at least 16 bytes', `${present} bytes`, start);
  const given = file.word(start);
  if (given === extensible && present < 40) {
    throw malformed('fmt.size', 'at least 40 bytes of an extensible format', `${present} bytes`, start);
  }
  const tail = file.hex(start + 26, start + 40);
  if (given === extensible && tail !== guidTail) {
    const expected = `a coding's number and then ${guidTail}`;
    throw unsupported('fmt.subFormat', expected, file.hex(start + 24, start + 40), start + 24);
  }
  const number = given === extensible ? file.word(start + 24) : given;
  if (number !== 1 && number !== 3) {
    const expected = 'PCM (1) or IEEE float (3), also as an extensible format (65534)';
    throw unsupported('fmt.coding', expected, `${number} (${codings[number] ?? 'another'})`, start);
  }
  const encoding = number === 1 ? 'pcm' : 'float';
  const [channels, sampleRate] = [file.word(start + 2), file.size(start + 4)];
  const [blockAlign, bits] = [file.word(start + 12), file.word(start + 14)];
  if (channels === 0) throw malformed('fmt.channels', 'at least 1', '0', start + 2);
  if (sampleRate === 0) throw malformed('fmt.sampleRate', 'at least 1 Hz', '0', start + 4);
  if (!(bitsOf[encoding] as readonly number[]).includes(bits)) {
    const expected = `${bitsOf[encoding].join(', ')} bits of ${codings[number]}`;
    throw unsupported('fmt.bitsPerSample', expected, `${bits}`, start + 14);
  }
  const sampleBytes = bits / 8;
  if (blockAlign !== channels * sampleBytes) {
    const expected = `${channels * sampleBytes}: ${channels} x ${bits} bits`;
    throw malformed('fmt.blockAlign', expected, `${blockAlign}`, start + 12);
  }
  return { encoding, channels, sampleRate, sampleBytes };
}

type Place = Pick<ErrorDetails, 'field' | 'expected' | 'received' | 'offset'>;

const placed = (field: string, expected: string, received: string, offset?: number): Place => ({
  field,
  expected,
  received,
  ...(offset === undefined ? {} : { offset }),
});

export const malformed = (...place: Parameters<typeof placed>) =>
  new EarshotError('WAV_MALFORMED', placed(...place));
const unsupported = (...place: Parameters<typeof placed>) =>
  new EarshotError('WAV_UNSUPPORTED', placed(...place));
