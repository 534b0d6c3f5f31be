import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EvaluatedClips } from '../../shared/search/evaluated-clips.ts';
import { evalClips, publishEvaluated } from '../fixtures/evaluated-version.ts';
import { freshBuckets } from '../fixtures/object-store/fresh-buckets.ts';
import { smallModel } from '../fixtures/published-model.ts';
import { smallEncoder } from '../fixtures/vggish.ts';
import { type InferServer, startInferServer } from './infer-server.ts';
import { oraclePython } from './oracle-python.ts';

const run = promisify(execFile);
const key = 'key-of-the-validating-client';

/** What a schema cannot say: the values of a tensor are as many as its shape says, a context holds what examples lack. */
const settings = `
[checks]
negative_data_rejection.expected-statuses = [400, 401, 404, 405, 413, 414, 415, 422, 431]
[[operations]]
include-operation-id-regex = "Infer|Classify|Predict|predict"
[operations.checks]
positive_data_acceptance.enabled = false
`;

describe.skipIf(oraclePython === undefined)('server and document agree', () => {
  const freshBucket = freshBuckets();
  let server: InferServer;
  let folder: string;
  beforeAll(async () => {
    const bucket = await freshBucket();
    const files = smallModel(3, 'uint8', { head: 'single-attention', hidden: 9 });
    await publishEvaluated(bucket, evalClips(60), 7, { files });
    const encoder = await smallEncoder();
    const env = { EARSHOT_API_KEYS: `schemathesis:${key}` };
    server = await startInferServer(files, new EvaluatedClips(bucket), env, async () => encoder);
    folder = await mkdtemp(path.join(tmpdir(), 'earshot-openapi-'));
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  it('Schemathesis finds no answer that the document does not have, and no route that its key is not wanted for', async () => {
    await writeFile(path.join(folder, 'schemathesis.toml'), settings);
    const program = path.join(path.dirname(oraclePython!), 'schemathesis');
    const shown = ['--header', `Authorization: Bearer ${key}`];
    const bounds = ['--max-examples', '10', '--seed', '1', '--phases', 'coverage,fuzzing'];
    const ended = await run(
      program,
      ['run', `${server.url}/openapi.json`, '--no-color', ...shown, ...bounds],
      {
        cwd: folder,
        maxBuffer: 64 * 1024 * 1024,
      },
    ).catch((error: { stdout: string; stderr: string }) => error);
    console.log(ended.stdout.slice(-4000));
    expect(ended, ended.stdout.slice(-4000)).not.toHaveProperty('code');
  });
});
