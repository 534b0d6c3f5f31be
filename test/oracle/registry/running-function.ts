import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { openInferenceEngine } from '../../../shared/engine/inference-engine.ts';
import { openSavedModel } from '../../../shared/model/saved-model.ts';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { smallModel, smallShape } from '../../fixtures/published-model.ts';
import { byteClips } from '../../shared/model/small-models.ts';
import { node22 } from './node-22.ts';

/** The code bundle in a process that finds no package, behind the documented contract. */
export async function startHarness(folder: string, env: Record<string, string>) {
  const harness = join(folder, '../function-harness.mjs');
  await cp(join(projectRoot, 'test/fixtures/code-engine/function-harness.mjs'), harness);
  const child = spawn(await node22(), [harness, folder], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

/** Asks in JSON and TFRecord, and what is no request, and compares with the saved model in this process. */
export async function answersAsTheModel(url: string): Promise<void> {
  const { width } = smallShape;
  const [clip] = byteClips([3], width) as [Uint8Array];
  const model = openSavedModel(await openInferenceEngine(), smallModel(1));
  const best = [...model.predict([clip])[0]!].sort((a, b) => b - a);
  const frames = Array.from({ length: 3 }, (_, i) => [...clip.subarray(i * width, (i + 1) * width)]);
  const record = encodeTfRecordFile([
    clipToSequenceExample(clipOf(smallShape, { frames: clip, frameCount: 3, labels: [0] })),
  ]);
  const requests: [string, string | Uint8Array][] = [
    ['application/json', JSON.stringify({ clips: [{ frames }], top_k: 5 })],
    ['application/octet-stream', record],
  ];
  for (const [type, body] of requests) {
    const response = await fetch(`${url}/predict?top_k=5`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: body as Uint8Array<ArrayBuffer> | string,
    });
    const answer = (await response.json()) as {
      clips: { predictions: { probability: number }[] }[];
      version: string;
    };
    expect(response.status, JSON.stringify(answer)).toBe(200);
    expect(answer.version).toBe('v1');
    const found = answer.clips[0]!.predictions.map(({ probability }) => probability);
    expect(found).toHaveLength(5);
    for (const [i, probability] of found.entries()) expect(probability).toBeCloseTo(best[i]!, 5);
  }
  const health = await fetch(`${url}/healthz`);
  expect([health.status, ((await health.json()) as { status: string }).status]).toEqual([200, 'ready']);
  const unknown = await fetch(`${url}/nothing`);
  expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  const text = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'a',
  });
  expect(text.status).toBe(415);
}
