import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../e2e/run-serverless.ts';
import { type RunningShell, startShell } from '../fixtures/running-shell.ts';

/** What the tutorial lets be typed, in its order; `printed` is the block behind it, null where there is none. */
interface Step {
  readonly command: string;
  readonly isBackground: boolean;
  readonly printed: string | null;
}

async function stepsOfTutorial(): Promise<Step[]> {
  const page = await readFile(path.join(projectRoot, 'docs/own-classifier.md'), 'utf8');
  const blocks = page.matchAll(/^```sh( background)?\n([\s\S]*?)^```\n(?:\n```\n([\s\S]*?)^```\n)?/gm);
  return Array.from(blocks, ([, background, command, printed]) => ({
    command: command!,
    isBackground: background !== undefined,
    printed: printed ?? null,
  }));
}

/** What of the project the commands need; a folder of its own, so that nothing of theirs is left in the project. */
const linked = ['infra', 'functions', 'shared', 'node_modules', 'package.json', 'tsconfig.json'];
/** The tutorial's port may be taken. */
const usualUrl = 'http://127.0.0.1:4800';

/** Kinds of output: every number, and all space, is as good as any other. */
const kindOf = (text: string) => text.replaceAll(/[+-]?\d+(\.\d+)?/g, '0').replaceAll(/\s+/g, ' ');

describe('the tutorial of the own classifier', () => {
  let folder: string;
  let steps: Step[];
  let platform: RunningShell;
  const printed: string[] = [];

  const run = async (command: string) => {
    const env = { ...process.env, EARSHOT_ENGINE: 'wasm' };
    const { stdout } = await promisify(execFile)('bash', ['-e', '-c', command], { cwd: folder, env });
    return stdout;
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'earshot-tutorial-'));
    // The framework takes no link for its service file.
    await cp(path.join(projectRoot, 'serverless.yml'), path.join(folder, 'serverless.yml'));
    for (const name of linked) await symlink(path.join(projectRoot, name), path.join(folder, name));
    steps = await stepsOfTutorial();
    let url = usualUrl;
    for (const { command, isBackground } of steps) {
      if (!isBackground) {
        printed.push(await run(command.replaceAll(usualUrl, url)));
        continue;
      }
      platform = startShell(`${command.trim()} --port 0`, { cwd: folder, env: { EARSHOT_ENGINE: 'wasm' } });
      const [, found] = await platform.seen(/^ {2}predict +(\S+)\/predict$/m);
      url = found!;
      printed.push(platform.written());
    }
  });

  afterAll(async () => {
    await platform?.end();
    await rm(folder, { recursive: true, force: true });
  });

  const outputOf = (start: string) => printed[steps.findIndex(({ command }) => command.includes(start))]!;

  it('prints what the page shows, but for the numbers', () => {
    for (const [i, step] of steps.entries()) {
      if (step.printed === null || step.command.includes('train my-sounds --run first\n')) continue;
      for (const line of step.printed.trim().split('\n')) {
        expect(kindOf(printed[i]!)).toContain(kindOf(line).trim());
      }
    }
  });

  it('trains a model that is good, says so, and whether more clips would help', () => {
    const trained = outputOf('train my-sounds --run first\n');
    expect(trained).toContain('my-sounds: uploaded 2 files');
    expect(trained).toMatch(/^my-sounds\/1: 100 steps on wasm$/m);
    const [, mAP] = /^cross-validated in 5 folds of \d+ training clips: mAP (0\.\d+)$/m.exec(trained)!;
    expect(Number(mAP)).toBeGreaterThan(0.8);
    expect(trained).toMatch(/^(More clips|Whether more).* twice the clips changed mAP by [+-]0\.\d{3} \(/m);
    expect(trained).toContain('served under the alias stable');
  });

  it('hears the drill, above its threshold', () => {
    const heard = JSON.parse(outputOf('top_k=2'));
    expect(heard).toMatchObject({ model: 'my-sounds', version: '1' });
    expect(heard.clips[0].predictions).toHaveLength(2);
    expect(heard.clips[0].predictions[0]).toMatchObject({ label: 'drill' });
    const lines = outputOf('node thresholds.mjs').trim().split('\n');
    const called = JSON.parse(lines.pop()!);
    expect(lines).toHaveLength(5);
    expect(called.clips[0].predictions).toMatchObject([{ label: 'drill' }]);
  });

  it('takes another label later, and serves it', async () => {
    expect(outputOf('converted-more')).toMatch(/^ +rain +\d+ training and \d+ eval clips$/m);
    expect(outputOf('converted-more')).toMatch(/^my-sounds\/2: 100 steps/m);
    const [, url] = /^ {2}predict +(\S+)\/predict$/m.exec(platform.written())!;
    const body = await readFile(path.join(folder, 'new-clip.json'), 'utf8');
    const headers = { 'content-type': 'application/json' };
    for (let tries = 0; ; tries++) {
      const answer = await fetch(`${url}/predict?labels=rain&labels=drill`, {
        method: 'POST',
        headers,
        body,
      });
      const { clips } = (await answer.json()) as { clips?: { predictions: { label: string }[] }[] };
      if (answer.ok) expect(clips![0]!.predictions.map(({ label }) => label)).toEqual(['drill', 'rain']);
      if (answer.ok) break;
      expect(tries).toBeLessThan(100);
      await pause(200);
    }
  });
});
