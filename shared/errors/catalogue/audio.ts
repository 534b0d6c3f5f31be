import type { CatalogueEntry } from './entry.ts';

/** Codes of sound that is sent to the inference function. */
export const audioCodes = {
  WAV_MALFORMED: {
    kind: 'user',
    message: 'The audio cannot be read as a WAV file',
    cause: 'It is another kind of file, it was cut, or its head does not fit its samples.',
    remedy: 'Write it anew, for example with ffmpeg -i sound -ar 16000 -ac 1 sound.wav, and send that.',
    status: 400,
  },
  WAV_UNSUPPORTED: {
    kind: 'user',
    message: 'The samples of the WAV file are coded in a way that is not read',
    cause: 'It holds compressed sound, or whole numbers of an unusual size.',
    remedy: 'Convert it to PCM, for example with ffmpeg -i sound.wav -c:a pcm_s16le converted.wav.',
    status: 415,
  },
  AUDIO_TOO_LONG: {
    kind: 'user',
    message: 'The audio is longer than a request may hold',
    cause: 'Each second of sound takes a part of the time that a request has.',
    remedy: 'Cut it, and send the parts one by one.',
    status: 413,
  },
  AUDIO_TOO_SHORT: {
    kind: 'user',
    message: 'The audio is too short to hear anything in',
    cause: 'VGGish makes an embedding of 0.96 seconds; its last window reaches 15 ms beyond.',
    remedy: 'Send a second or more.',
    status: 422,
  },
  AUDIO_NOT_SERVED: {
    kind: 'user',
    message: 'This deployment takes embeddings, but no audio',
    cause: "VGGish's weights are not in the bucket, or the served model is not one of VGGish's embeddings.",
    remedy:
      'Make vggish/vggish.safetensors of the published weights and put it into the bucket, as docs/audio.md says; or send embeddings.',
    status: 501,
  },
  VGGISH_UNREADABLE: {
    kind: 'user',
    message: "VGGish's weights in the bucket cannot be used",
    cause: 'The file is of another model, or was cut.',
    remedy: 'Make the file anew as docs/audio.md says, and put it into the bucket.',
    status: 503,
  },
} as const satisfies Record<string, CatalogueEntry>;
