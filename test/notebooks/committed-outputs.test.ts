import { readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../e2e/run-serverless.ts';
import { type Notebook, outputsOf } from '../fixtures/notebook.ts';

const text = readFileSync(path.join(projectRoot, 'notebooks/evaluate.ipynb'), 'utf8');
const notebook = JSON.parse(text) as Notebook;
const { texts, images } = outputsOf(notebook);

describe('the committed notebook', () => {
  it('has the outputs of one run from the first cell to the last, and no error', () => {
    const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, i) => i + 1));
    const kinds = code.flatMap((cell) => cell.outputs!.map((output) => output.output_type));
    expect(kinds).not.toContain('error');
    expect(texts.join('\n')).toMatch(/\| mAP \| 0\.\d{4} \| 0\.\d{4} \| /);
    expect(texts.join('\n')).toContain('**synthetic**');
    expect(images.length).toBeGreaterThan(0);
  });

  it('names no path, host or credential of the machine it ran on', () => {
    const { username } = userInfo();
    const own = [projectRoot, homedir(), hostname(), ...(username.length > 4 ? [username] : [])];
    const told = [text, ...images.map((image) => image.toString('latin1'))];
    for (const one of told) {
      for (const name of own.filter((known) => known.length > 3)) expect(one).not.toContain(name);
      expect(one).not.toMatch(/127\.0\.0\.1|localhost|\/(home|root|tmp|work|Users|usr|opt|var)\//);
    }
    const shown = texts.join('\n');
    const hosts = [...shown.matchAll(/https?:\/\/([^/\s"')]+)/g)].map(([, host]) => host);
    expect(new Set(hosts)).toEqual(new Set(['www.youtube.com', 'www.youtube-nocookie.com']));
    // Keys of the local platform are 20 and 40 hexadecimal digits.
    expect(shown).not.toMatch(/\b[0-9a-f]{20}\b|\b[0-9a-f]{40}\b|Bearer |AKIA/);
  });

  it('is small', () => {
    expect(text.length).toBeLessThan(300_000);
  });
});
