import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { anchors, markdownFiles, prose } from './markdown.ts';

const files = markdownFiles();
const textOf = new Map(files.map(({ file, text }) => [file, text]));

/** Why a link from one page leads nowhere; null when it leads to a file and heading that are there. */
function faultOf(from: string, target: string): string | null {
  const [file = '', anchor] = target.split('#');
  const there = file === '' ? from : path.normalize(path.join(path.dirname(from), file));
  if (there.startsWith('..')) return `${target} leads out of the repository`;
  if (!existsSync(path.join(projectRoot, there))) return `there is no ${there}`;
  const text = textOf.get(there);
  if (anchor === undefined || (text !== undefined && anchors(text).includes(anchor))) return null;
  return `there is no heading #${anchor} in ${there}`;
}

describe('links', () => {
  it.each(files.map((one) => [one.file, one] as const))(
    'of %s lead to files and headings',
    (file, { text }) => {
      const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
      const relative = targets.filter((target) => !/^[a-z]+:/.test(target));
      expect(relative.map((target) => faultOf(file, target)).filter(Boolean)).toEqual([]);
    },
  );

  it.each(['docs', 'docs/decisions'])('every page of %s is in its index', (folder) => {
    const index = textOf.get(`${folder}/README.md`)!;
    const pages = files.map(({ file }) => file).filter((file) => path.dirname(file) === folder);
    expect(pages.length).toBeGreaterThan(1);
    const missing = pages
      .map((file) => path.basename(file))
      .filter((name) => name !== 'README.md' && !index.includes(`(${name})`));
    expect(missing).toEqual([]);
  });

  it('a broken link is seen', () => {
    expect(faultOf('README.md', 'docs/nowhere.md')).toBe('there is no docs/nowhere.md');
    expect(faultOf('README.md', 'docs/errors.md#nowhere')).toBe(
      'there is no heading #nowhere in docs/errors.md',
    );
    expect(faultOf('docs/errors.md', '../../outside.md')).toBe(
      '../../outside.md leads out of the repository',
    );
    expect(faultOf('README.md', 'docs/errors.md#anomalies-in-uploaded-data')).toBeNull();
  });
});
