import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from './run-serverless.ts';

const forbidden = [
  ['shared/sweep/a.ts', '../../infra/local/platform.ts'],
  ['shared/sweep/b.ts', '../../functions/infer/handler.ts'],
  ['shared/sweep/c.ts', '../../test/fixtures/clips.ts'],
  ['shared/sweep/d.ts', 'ibm-cos-sdk'],
  ['shared/runs/e.ts', '@tensorflow/tfjs-core'],
  ['shared/storage/cos-f.ts', '../../infra/local/platform.ts'],
  ['shared/model/g.ts', 'ibm-cos-sdk'],
  ['functions/infer/h.ts', '../../infra/local/platform.ts'],
  ['functions/infer/i.ts', 'ibm-cos-sdk'],
  ['functions/infer/j.ts', '@tensorflow/tfjs'],
  ['infra/local/k.ts', 'ibm-cos-sdk'],
  ['infra/local/l.ts', '@tensorflow/tfjs-core'],
  ['infra/local/m.ts', '../../bench/median.ts'],
] as const;
const allowed = [
  ['shared/storage/cos-n.ts', 'ibm-cos-sdk'],
  ['shared/engine/o.ts', '@tensorflow/tfjs-core'],
  ['functions/infer/p.ts', '../../shared/storage/object-store.ts'],
  ['infra/local/q.ts', '../../functions/infer/handler.ts'],
  ['infra/local/r.ts', '../../shared/storage/object-store.ts'],
] as const;

let folder: string;
/** Files that Biome refuses, by the project's own rules. */
let refused: Set<string>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-rooms-'));
  const rules = JSON.parse(await readFile(path.join(projectRoot, 'biome.json'), 'utf8'));
  await writeFile(
    path.join(folder, 'biome.json'),
    JSON.stringify({ linter: rules.linter, overrides: rules.overrides }),
  );
  for (const [file, source] of [...forbidden, ...allowed]) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), `import { it } from '${source}';\n\nexport const here = it;\n`);
  }
  const biome = path.join(projectRoot, 'node_modules/.bin/biome');
  const rule = '--only=style/noRestrictedImports';
  const said = await new Promise<string>((resolve) => {
    execFile(
      biome,
      ['lint', rule, '--reporter=json', '--max-diagnostics=none', '.'],
      { cwd: folder },
      (_, stdout) => resolve(stdout),
    );
  });
  const { diagnostics } = JSON.parse(said) as {
    diagnostics: { category: string; location: { path: string } }[];
  };
  refused = new Set(diagnostics.map(({ location }) => location.path.replace(/^\.\//, '')));
});
afterAll(() => rm(folder, { recursive: true }));

describe('npm run check', () => {
  it.each(forbidden)('refuses that %s uses %s', (file) => expect([...refused]).toContain(file));

  it.each(allowed)('lets %s use %s', (file) => expect([...refused]).not.toContain(file));
});
