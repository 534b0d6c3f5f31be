import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../e2e/run-serverless.ts';

export interface MarkdownFile {
  /** From the project's root. */
  readonly file: string;
  readonly text: string;
}

/** Files that git keeps or that are new, by their ending. */
function filesWith(ending: string): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).split('\n');
  return [...new Set(listed)].filter((file) => file.endsWith(ending));
}

export const markdownFiles = (): MarkdownFile[] =>
  filesWith('.md').map((file) => ({ file, text: readFileSync(path.join(projectRoot, file), 'utf8') }));

/** Text outside of code. */
export const prose = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, 'code');

/** Headings as GitHub names their anchors. */
export function anchors(text: string): string[] {
  const seen = new Map<string, number>();
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+?) *$/gm);
  return [...headings].map(([, heading]) => {
    const plain = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
    const name = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
}

/** Command lines of the shell blocks, without prompts and remarks. */
export function shellLines(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap(([, block]) => block!.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
