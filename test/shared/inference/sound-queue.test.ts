import { expect, it } from 'vitest';
import { patchValues } from '../../../shared/audio/vggish-patches.ts';
import { SoundQueue } from '../../../shared/inference/sound-queue.ts';

const patches = (count: number) => new Float32Array(count * patchValues);

/** An encoder that ends a sound when it is told to, after it has held the thread for some milliseconds. */
function heldEncoder(ms: number) {
  const begun: (() => void)[] = [];
  return {
    begun,
    width: 1,
    encode: (sound: Float32Array) =>
      new Promise<Uint8Array>((resolve) => {
        begun.push(() => {
          const end = performance.now() + ms;
          while (performance.now() < end);
          resolve(new Uint8Array(sound.length / patchValues));
        });
      }),
  };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

it('sounds have their turn one after another, in their order', async () => {
  const encoder = heldEncoder(0);
  const queue = new SoundQueue(encoder);
  const ended: number[] = [];
  const sounds = [1, 2, 3].map((count) =>
    queue.encode(patches(count)).then(({ length }) => ended.push(length)),
  );
  for (let i = 0; i < 3; i++) {
    await soon();
    expect(encoder.begun).toHaveLength(i + 1);
    encoder.begun[i]!();
  }
  await Promise.all(sounds);
  expect(ended).toEqual([1, 2, 3]);
});

it('sound that would wait too long is refused with the seconds until then, and taken afterwards', async () => {
  const encoder = heldEncoder(20);
  const queue = new SoundQueue(encoder, 50);
  const first = queue.encode(patches(1));
  await soon();
  encoder.begun[0]!();
  await first;
  const second = queue.encode(patches(100));
  await expect(queue.encode(patches(1))).rejects.toMatchObject({
    code: 'OVERLOADED',
    details: { retryAfterSeconds: expect.any(Number) },
  });
  await soon();
  encoder.begun[1]!();
  await second;
  const third = queue.encode(patches(1));
  await soon();
  encoder.begun[2]!();
  expect(await third).toHaveLength(1);
});

it('a sound that fails does not hold up the next', async () => {
  const queue = new SoundQueue({
    width: 1,
    encode: async (sound) => {
      if (sound.length === patchValues) throw new Error('broken');
      return new Uint8Array(2);
    },
  });
  const results = await Promise.allSettled([queue.encode(patches(1)), queue.encode(patches(2))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
