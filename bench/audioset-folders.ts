import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const splits = ['bal_train', 'eval'] as const;
const archives = ['bal_train.tar.xz', 'eval_public_half.tar.xz'];

/** The real files of the briefing, unpacked beside folders of links to them. */
export class AudioSetFolders {
  readonly root = mkdtempSync(path.join(tmpdir(), 'earshot-ingest-path-'));
  private readonly whole = path.join(this.root, 'whole');

  /** @throws when the briefing is not there */
  constructor() {
    mkdirSync(this.whole);
    for (const archive of archives) {
      const file = path.resolve('../shared/data/audioset', archive);
      execFileSync('tar', ['-xf', file, '-C', this.whole]);
    }
  }

  /** A folder with one file in `every`, `copies` times, each copy under names of its own. */
  folder(every: number, copies: number): string {
    const folder = path.join(this.root, `every-${every}-copies-${copies}`);
    for (const split of splits) {
      const names = readdirSync(path.join(this.whole, split)).sort();
      for (let copy = 0; copy < copies; copy++) {
        const target = path.join(folder, split, ...(copies === 1 ? [] : [String(copy)]));
        mkdirSync(target, { recursive: true });
        for (let i = 0; i < names.length; i += every) {
          linkSync(path.join(this.whole, split, names[i]!), path.join(target, names[i]!));
        }
      }
    }
    return folder;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
