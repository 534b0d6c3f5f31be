import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Health } from '../../../../functions/infer/page/answers.ts';
import type { Client } from '../../../../functions/infer/page/asking.ts';
import { listenClosely } from '../../../../functions/infer/page/per-second.ts';
import { Problem } from '../../../../functions/infer/page/problem.ts';
import { scoreFile } from '../../../../functions/infer/page/score.ts';
import type { SoundEncoder } from '../../../../shared/inference/sound-clips.ts';
import { smallModel } from '../../../fixtures/published-model.ts';
import { type Served, serve } from '../../../fixtures/served.ts';
import { smallEncoder } from '../../../fixtures/vggish.ts';
import { wavOf } from '../../../fixtures/wav.ts';
import { answerTo } from '../ask-main.ts';

const values = Float32Array.from({ length: 93_000 }, (_, i) => Math.sin(i * i * 1e-6) * Math.sin(i / 9000));
const wav = new Uint8Array(wavOf(values));
const file = new File([wav], 'birds.WAV');
const types: string[] = [];

interface Labelled {
  readonly start: number;
  readonly predictions: readonly { readonly label_id: string; readonly probability: number }[];
}

interface Answer {
  readonly clips: readonly (Labelled & { readonly frames: Labelled[]; readonly windows: Labelled[] })[];
}

/** The sound, asked about without the page. */
async function ask({ main }: Served, query: string): Promise<Answer> {
  const { answer } = await answerTo(main, { query, type: 'audio/wav', body: wav });
  return answer as unknown as Answer;
}

/** What the page asks, answered by infer. */
function clientOf({ main }: Served): Client {
  const ask = async <T>(target: string, request: object): Promise<T> => {
    const { pathname: path, search } = new URL(target, 'http://page');
    const { statusCode, answer } = await answerTo(main, { path, query: search.slice(1), ...request });
    if (statusCode === 200) return answer as T;
    throw new Problem(answer as unknown as ConstructorParameters<typeof Problem>[0]);
  };
  return {
    get: (path) => ask(path, { method: 'GET' }),
    post: (path, { type, body }) => {
      types.push(type);
      return ask(path, { type, body });
    },
    origin: 'http://page',
    keyed: false,
  };
}

let encoder: SoundEncoder;
beforeAll(async () => {
  encoder = await smallEncoder();
});
beforeEach(() => {
  types.length = 0;
});

async function opened(head: 'single-attention' | 'average-pooling', withEncoder = true) {
  const served = await serve(smallModel(3, 'uint8', { head, hidden: 9 }), undefined, {}, async () =>
    withEncoder ? encoder : null,
  );
  const client = clientOf(served);
  return { served, client, health: await client.get<Health>('/healthz') };
}

describe('a WAV file on the page', () => {
  it('is sent as audio/wav, and its bars are what infer answers', async () => {
    const { served, client, health } = await opened('average-pooling');
    const result = await scoreFile(client, file, health, []);
    const { clips } = await ask(served, 'top_k=10');
    expect(types).toEqual(['audio/wav']);
    expect(result.clips).toMatchObject([
      { id: 'birds.WAV', truth: null, predictions: clips[0]!.predictions },
    ]);
    expect(result.curl).toContain("-H 'content-type: audio/wav' --data-binary '@birds.WAV'");
  });

  it('is known by its head where its name does not tell', async () => {
    const { client, health } = await opened('average-pooling');
    await scoreFile(client, new File([wav], 'sound'), health, []);
    await scoreFile(client, new File([new Uint8Array(40)], 'x.tfrecord'), health, []).catch(() => {});
    expect(types).toEqual(['audio/wav', 'application/x-tfrecord']);
  });

  it('has the labels asked about at each time that infer answers, 0.96 seconds apart', async () => {
    const { served, client, health } = await opened('average-pooling');
    expect(health.scores_frames).toBe(true);
    const mids = ['/m/3', '/m/0'];
    const look = await listenClosely(client, health, wav, mids);
    const { predictions, frames } = (await ask(served, 'return_frames=true&top_k=1000')).clips[0]!;
    const of = (all: Labelled['predictions'], mid: string) =>
      all.find((one) => one.label_id === mid)!.probability;
    expect(look.scored).toBe('patches');
    expect(look.parts.map(({ start }) => start)).toEqual([0, 0.96, 1.92, 2.88, 3.84, 4.8]);
    for (const mid of mids) {
      expect(of(look.whole, mid)).toBe(of(predictions, mid));
      expect(look.parts.map(({ probabilities }) => probabilities.get(mid))).toEqual(
        frames.map((frame) => of(frame.predictions, mid)),
      );
    }
  });

  it('has the windows that infer answers where the head scores whole clips, and none of a short one', async () => {
    const { served, client, health } = await opened('single-attention');
    const ofWholes = { ...health, scores_frames: false };
    const look = await listenClosely(client, ofWholes, wav, ['/m/0']);
    const { clips } = await ask(served, 'labels=/m/0');
    expect(look).toEqual({
      scored: 'windows',
      whole: clips[0]!.predictions,
      parts: clips[0]!.windows.map(({ start, predictions }) => ({
        start,
        probabilities: new Map([['/m/0', predictions[0]!.probability]]),
      })),
    });
    expect(look.parts.length).toBeGreaterThan(1);
    const short = new Uint8Array(wavOf(values.subarray(0, 16_000)));
    expect((await listenClosely(client, ofWholes, short, ['/m/0'])).parts).toEqual([]);
  });

  it('without VGGish fails with the words and the remedy of the 501', async () => {
    const { client, health } = await opened('average-pooling', false);
    const failure = await scoreFile(client, file, health, []).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Problem);
    expect(failure).toMatchObject({
      status: 501,
      code: 'AUDIO_NOT_SERVED',
      title: 'This deployment takes embeddings, but no audio',
      remedy: expect.stringContaining('vggish/vggish.safetensors'),
    });
  });
});
