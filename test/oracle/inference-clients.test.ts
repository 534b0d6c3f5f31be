import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallLabels, smallModel } from '../fixtures/published-model.ts';
import { byteClips } from '../shared/model/small-models.ts';
import { type InferServer, startInferServer } from './infer-server.ts';
import { oraclePython } from './oracle-python.ts';

const run = promisify(execFile);
const width = 6;
const clips = byteClips([4, 4, 4], width);

/** NVIDIA's client of the Open Inference Protocol, as it comes, with JSON tensors. */
const tritonClient = `
import json, sys
import numpy as np
import tritonclient.http as http
client = http.InferenceServerClient(sys.argv[1])
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready('small')
metadata = client.get_model_metadata('small')
clips = np.array(json.loads(sys.argv[2]), dtype=np.uint8)
tensor = http.InferInput('embedding', list(clips.shape), 'UINT8')
tensor.set_data_from_numpy(clips, binary_data=False)
outputs = [http.InferRequestedOutput('probabilities', binary_data=False)]
asked = client.infer('small', [tensor], outputs=outputs, request_id='mine', model_version='1')
plain = client.infer('small', [tensor])
best = client.infer('small', [tensor], parameters={'top_k': 2})
classes = client.infer('small', [tensor], outputs=[
    http.InferRequestedOutput('probabilities', binary_data=False, class_count=1)])
try:
    client.infer('small', [http.InferInput('embedding', [1, 1, 5], 'UINT8').set_data_from_numpy(
        np.zeros([1, 1, 5], dtype=np.uint8), binary_data=False)])
    refused = None
except Exception as error:
    refused = str(error)
print(json.dumps({
    'metadata': metadata, 'id': asked.get_response()['id'],
    'asked': asked.as_numpy('probabilities').tolist(),
    'plain': plain.as_numpy('probabilities').tolist(),
    'best': best.as_numpy('scores').tolist(), 'labels': best.as_numpy('labels').astype(str).tolist(),
    'classes': classes.as_numpy('probabilities').astype(str).tolist(), 'refused': refused}))
`;

/** What the documentation of TensorFlow Serving does: JSON without a content type that says so. */
const tfServingClient = `
import json, sys, urllib.request
base, clips = sys.argv[1], json.loads(sys.argv[2])
def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(base + '/v1/models/small' + path, data=data) as answer:
        return json.load(answer)
print(json.dumps({
    'status': call(''), 'metadata': call('/metadata'),
    'predict': call(':predict', {'signature_name': 'serving_default', 'instances': clips})['predictions'],
    'columns': call('/versions/1:predict', {'inputs': {'embedding': clips}})['outputs'],
    'classify': call('/labels/stable:classify', {'examples': [{'embedding': clip} for clip in clips]})['result']}))
`;

describe.skipIf(oraclePython === undefined)('clients of others, unmodified', () => {
  let server: InferServer;
  beforeAll(async () => {
    server = await startInferServer(smallModel(3, 'uint8', { head: 'single-attention', hidden: 9 }));
  });
  afterAll(() => server.close());

  const rows = clips.map((clip) =>
    Array.from({ length: clip.length / width }, (_, t) => [...clip.subarray(t * width, (t + 1) * width)]),
  );

  async function ask(program: string, url: string) {
    const { stdout } = await run(oraclePython!, ['-c', program, url, JSON.stringify(rows)]);
    return JSON.parse(stdout);
  }

  it("tritonclient gets the model's scores", async () => {
    const direct = server.saved.predict(clips).map((scores) => [...scores]);
    const answer = await ask(tritonClient, server.url.slice('http://'.length));
    expect(answer.metadata).toMatchObject({
      name: 'small',
      versions: ['1'],
      inputs: [{ datatype: 'UINT8' }],
    });
    expect(answer.id).toBe('mine');
    // JSON numbers come as float32 again.
    expect(answer.asked).toEqual(direct);
    expect(answer.plain).toEqual(direct);
    for (const [i, scores] of direct.entries()) {
      const sorted = scores.toSorted((a, b) => b - a);
      const index = scores.indexOf(sorted[0]!);
      expect(answer.best[i]).toEqual(sorted.slice(0, 2));
      expect(answer.labels[i][0]).toBe(smallLabels[index]!.displayName);
      expect(answer.classes[i][0]).toBe(`${sorted[0]}:${index}:${smallLabels[index]!.displayName}`);
    }
    expect(answer.refused).toMatch(/at inputs\[0\]\.shape.*expected \[…, 6\], received \[1, 1, 5\]/);
  });

  it("a client of TensorFlow Serving's REST API gets the model's scores", async () => {
    const direct = server.saved.predict(clips).map((scores) => [...scores]);
    const answer = await ask(tfServingClient, server.url);
    expect(answer.status.model_version_status[0]).toMatchObject({ version: '1', state: 'AVAILABLE' });
    expect(answer.metadata.model_spec).toMatchObject({ name: 'small' });
    expect(answer.predict).toEqual(direct);
    expect(answer.columns).toEqual(direct);
    for (const [i, scores] of direct.entries()) {
      const of = new Map<string, number>(answer.classify[i]);
      expect(smallLabels.map(({ displayName }) => of.get(displayName))).toEqual(scores);
    }
  });
});
