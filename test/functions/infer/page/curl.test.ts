import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { curlOf } from '../../../../functions/infer/page/curl.ts';

/** What a shell gives to the program of a command. */
const wordsOf = (command: string) =>
  execFileSync('sh', ['-c', `set -- ${command}; for word; do printf '%s\\n' "$word"; done`], {
    env: { EARSHOT_API_KEY: 'the-key' },
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n');

const url = 'http://127.0.0.1:4800/predict?top_k=10';

it.each(['clips.tfrecord', 'it\'s a $HOME `file` "of" mine.tfrecord', '-o.tfrecord', 'x y; ls.tfrecord'])(
  'a shell reads the file %s as it is named',
  (file) => {
    const words = wordsOf(curlOf({ url, type: 'application/x-tfrecord', body: { file }, keyed: false }));
    const type = 'content-type: application/x-tfrecord';
    expect(words).toEqual(['curl', '-s', '-H', type, '--data-binary', `@${file}`, url]);
  },
);

it('a key is left to the environment', () => {
  const body = { text: `{"clips": [{"id": "it's", "frames": {"b64": "AA=="}}]}` };
  const command = curlOf({ url, type: 'application/json', body, keyed: true });
  expect(command).toContain('$EARSHOT_API_KEY');
  const words = wordsOf(command);
  expect(words).toContain('authorization: Bearer the-key');
  expect(words[words.indexOf('-d') + 1]).toBe(body.text);
});
