import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSyntheticSet } from '../../infra/local/synthetic/generate-synthetic-set.ts';
import { writeSyntheticSet } from '../../infra/local/synthetic/write-synthetic-set.ts';
import { projectRoot } from '../e2e/run-serverless.ts';

const hasAws = (() => {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
if (!hasAws) console.warn('there is no aws on the PATH: the commands of the README are not run');

/** The README's own command that starts so, its line made fit for this test's folder and ports. */
async function readmeCommand(start: string): Promise<string> {
  const lines = (await readFile(path.join(projectRoot, 'README.md'), 'utf8')).split('\n');
  const line = lines.find((one) => one.startsWith(start) && !one.endsWith('--help'));
  if (line === undefined) throw new Error(`the README has no command that starts with ${start}`);
  return line;
}

describe.skipIf(!hasAws)('the commands of the README', () => {
  let folder: string;
  let state: string;
  let platform: ChildProcess;
  let urls: { predictUrl: string; cos: Record<string, string> };

  const run = async (start: string, stateFolder = state) => {
    const command = (await readmeCommand(start))
      .replace('http://127.0.0.1:4801', urls.cos['COS_ENDPOINT']!)
      .replace('http://127.0.0.1:4800', urls.predictUrl.replace('/predict', ''))
      .replace('npx serverless', `${projectRoot}node_modules/.bin/serverless`)
      .replace('[[…128 numbers…]]', JSON.stringify([new Array(128).fill(128)]));
    const inProject = start.startsWith('npx');
    const words = ['my-clips', 'clips/train', 'clips/eval'];
    const placed = inProject
      ? words.reduce((text, word) => text.replace(word, path.join(folder, word)), command)
      : command;
    const { stdout } = await promisify(execFile)(
      'bash',
      ['-c', placed + (inProject ? ` --persist-to ${stateFolder}` : '')],
      {
        cwd: inProject ? projectRoot : folder,
        env: {
          ...process.env,
          AWS_ACCESS_KEY_ID: urls.cos['COS_ACCESS_KEY_ID'],
          AWS_SECRET_ACCESS_KEY: urls.cos['COS_SECRET_ACCESS_KEY'],
          AWS_DEFAULT_REGION: 'us-east-1',
        },
      },
    );
    return stdout;
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'earshot-readme-'));
    state = path.join(folder, 'state');
    const set = generateSyntheticSet({ seed: 2, trainClips: 1200, evalClips: 300 });
    await writeSyntheticSet(path.join(folder, 'clips'), set);
    await rename(path.join(folder, 'clips/bal_train'), path.join(folder, 'clips/train'));
    await mkdir(path.join(folder, 'my-clips'));
    await promisify(execFile)('cp', ['-r', path.join(folder, 'clips/train'), path.join(folder, 'my-clips')]);
    await writeFile(path.join(folder, 'clips.tfrecord'), await readFile(await anyRecordFile(folder)));
    platform = spawn('node_modules/.bin/serverless', ['local', '--port', '0', '--persist-to', state], {
      cwd: projectRoot,
      stdio: 'ignore',
    });
    const running = path.join(state, 'running.json');
    for (let i = 0; i < 300 && urls === undefined; i++) {
      await pause(200);
      const text = await readFile(running, 'utf8').catch(() => null);
      if (text !== null) urls = JSON.parse(text);
    }
    expect(urls).toBeDefined();
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => platform.once('exit', resolve));
    platform.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  it('drop files by the AWS CLI, ask for a run, and get predictions of the new model', async () => {
    await run('aws --endpoint-url http://127.0.0.1:4801 s3 sync');
    await run("echo '");
    await run('aws --endpoint-url http://127.0.0.1:4801 s3 cp');
    const health = urls.predictUrl.replace('/predict', '/healthz');
    await expect
      .poll(async () => ((await (await fetch(health)).json()) as { model?: string }).model, {
        timeout: 300_000,
        interval: 1000,
      })
      .toBe('my-sounds');
    for (const type of [
      "curl -s -H 'content-type: application/json'",
      "curl -s -H 'content-type: application/octet",
    ]) {
      const answer = JSON.parse(await run(type)) as { model: string; clips: { predictions: object[] }[] };
      expect(answer.model).toBe('my-sounds');
      expect(answer.clips[0]!.predictions).toHaveLength(5);
      expect(Object.keys(answer.clips[0]!.predictions[0]!)).toEqual(['label_id', 'label', 'probability']);
    }
  });

  it('upload and report on the bucket of the platform that runs', async () => {
    expect(await run('npx serverless upload')).toMatch(/my-sounds: uploaded \d+ files/);
    expect(await run('npx serverless data report')).toMatch(/page: .*my-sounds-report\.html/);
    await rm(path.join(projectRoot, 'my-sounds-report.html'));
  });

  it('train, and serve what was trained', async () => {
    const printed = await run('npx serverless train');
    expect(printed).toMatch(/^my-sounds\/\S+: \d+ steps on \w+$/m);
    expect(printed).toMatch(/^report: runs\/my-sounds-\d{8}-\d{6}\/report\.html in the bucket$/m);
  });

  it('search among the clips that the model was evaluated on', async () => {
    const [title, ...lines] = (await run('npx serverless search')).trimEnd().split('\n');
    expect(title).toMatch(
      /^Car \(\/m\/0k4j\): first 20 of the \d+ clips that my-sounds\/\d+ was evaluated on$/,
    );
    expect(lines).toHaveLength(20);
    const answer = JSON.parse(await run("curl -s 'http://127.0.0.1:4800/search")) as {
      clips: { link: string }[];
    };
    expect(answer.clips).toHaveLength(20);
    for (const { link } of answer.clips)
      expect(link).toMatch(/^https:\/\/www\.youtube\.com\/watch\?v=\S{11}&t=\d+$/);
  });

  it('list what was given up, and replay', async () => {
    expect(await run('npx serverless dead-letters')).toBe('no dead letters\n');
    const replayed = await run('npx serverless replay');
    expect(replayed).toMatch(/^validate, write of incoming\/my-sounds\/all\/\S+: well$/m);
    expect(replayed).toMatch(/^replayed \d\d events: \d\d well, 0 failed$/m);
  });

  it("do the whole job on data of one's own", async () => {
    const printed = await run('npx serverless local --once', path.join(folder, 'own'));
    expect(printed).toMatch(/32 files, 1200 training and 300 eval clips, 527 labels/);
    expect(printed).toMatch(/is heard as\n +\d/);
  });
});

/** A file of plain records, whatever it is called. */
async function anyRecordFile(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)('find', [
    path.join(folder, 'clips/eval'),
    '-name',
    '*.tfrecord',
  ]);
  return stdout.split('\n')[0]!;
}
