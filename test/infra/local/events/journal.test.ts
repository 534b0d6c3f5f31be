import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal, type JournalDisk } from '../../../../infra/local/events/journal.ts';
import { encodeLine, readJournal } from '../../../../infra/local/events/journal-lines.ts';

interface Numbered {
  readonly n: number;
}

let folder: string;
let file: string;
const open: Journal[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-journal-'));
  file = path.join(folder, 'journal');
});
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
  await rm(folder, { recursive: true });
});

const read = () => readJournal(file, (value) => value as Numbered).map(({ n }) => n);

async function journalOf(live: () => object[], disk?: JournalDisk, largeBytes?: number): Promise<Journal> {
  const journal = await Journal.open({ file, live, disk, largeBytes });
  open.push(journal);
  return journal;
}

/** Counts, and fails when it is told to. */
function watchedDisk() {
  const counts = { writes: 0, syncs: 0 };
  const fault: { write: Error | null; sync: Error | null } = { write: null, sync: null };
  const disk: JournalDisk = {
    write(descriptor, bytes) {
      counts.writes++;
      // A full disk takes a part.
      writeFileSync(descriptor, fault.write === null ? bytes : bytes.subarray(0, 9));
      if (fault.write !== null) throw fault.write;
    },
    async sync() {
      counts.syncs++;
      await new Promise(setImmediate);
      if (fault.sync !== null) throw fault.sync;
    },
  };
  return { counts, fault, disk };
}

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

describe('a journal', () => {
  it('has what was appended, in its order, and begins with what counts', async () => {
    const journal = await journalOf(() => [{ n: 1 }, { n: 2 }]);
    await journal.append({ n: 3 });
    journal.note({ n: 4 });
    await journal.append({ n: 5 });
    expect(read()).toEqual([1, 2, 3, 4, 5]);
  });

  it('writes appends that come together once, and waits for the disk once', async () => {
    const { disk, counts } = watchedDisk();
    const journal = await journalOf(() => [], disk);
    const before = { ...counts };
    await Promise.all(Array.from({ length: 100 }, (_, n) => journal.append({ n })));
    expect(counts).toEqual({ writes: before.writes + 1, syncs: before.syncs + 1 });
    journal.note({ n: 100 });
    await journal.close();
    expect(counts).toEqual({ writes: before.writes + 2, syncs: before.syncs + 1 });
    expect(read()).toEqual(Array.from({ length: 101 }, (_, n) => n));
  });

  it('does not grow without bound: it is written anew from what counts', async () => {
    const live: Numbered[] = [];
    const journal = await journalOf(() => live, watchedDisk().disk, 2000);
    let largest = 0;
    for (let n = 0; n < 500; n++) {
      live.push({ n });
      if (live.length > 10) live.shift();
      await journal.append({ n });
      largest = Math.max(largest, statSync(file).size);
    }
    expect(largest).toBeLessThan(2100);
    expect(read().slice(-10)).toEqual(live.map(({ n }) => n));
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it('of much that counts is not written anew at each append', async () => {
    const live = Array.from({ length: 500 }, (_, n) => ({ n }));
    const { disk, counts } = watchedDisk();
    const journal = await journalOf(() => live, disk, 100);
    const { ino } = statSync(file);
    for (let n = 500; n < 600; n++) await journal.append({ n });
    expect(statSync(file).ino).toBe(ino);
    expect(counts.writes).toBe(101);
  });
});

describe('the end of a journal that a crash tore', () => {
  const whole = [1, 2, 3].map((n) => encodeLine({ n }));

  it.each(whole[2]!.split('').map((_, length) => length))(
    'is left out when %i bytes of its last line are there',
    (length) => {
      writeFileSync(file, whole[0]! + whole[1]! + whole[2]!.slice(0, length));
      expect(read()).toEqual([1, 2]);
    },
  );

  it('is left out when it is several lines, none of them whole', () => {
    writeFileSync(file, `${whole[0]!}${'\0'.repeat(200)}\n${whole[1]!.slice(3)}`);
    expect(read()).toEqual([1]);
  });

  it('is gone when the journal goes on', async () => {
    writeFileSync(file, whole.join('').slice(0, -4));
    const records = read();
    expect(records).toEqual([1, 2]);
    const journal = await journalOf(() => records.map((n) => ({ n })));
    await journal.append({ n: 4 });
    expect(read()).toEqual([1, 2, 4]);
  });
});

describe('a journal that is damaged elsewhere', () => {
  it('is refused, naming file and line: any byte of a line that whole ones follow', () => {
    const lines = [1, 2, 3].map((n) => encodeLine({ n, text: 'some "text" ü' }));
    const bytes = Buffer.from(lines.join(''));
    const beforeLast = bytes.length - Buffer.byteLength(lines[2]!);
    fc.assert(
      // Without its newline the last line but one is a part of the last.
      fc.property(fc.nat(beforeLast - 2), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= change;
        writeFileSync(file, damaged);
        const line = at < Buffer.byteLength(lines[0]!) ? 1 : 2;
        expect(() => read()).toThrow(
          expect.objectContaining({
            code: 'EVENTS_DAMAGED',
            details: expect.objectContaining({ file, field: `line ${line}` }),
          }),
        );
      }),
    );
  });

  it('is refused when a line is of another kind than expected', () => {
    writeFileSync(file, encodeLine({ n: 1 }) + encodeLine({ other: 1 }));
    expect(() => readJournal(file, (value) => ('n' in (value as object) ? value : null))).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ file, field: 'line 2' }) }),
    );
  });
});

describe('a disk that is full', () => {
  it('refuses the append, naming file and line, and the journal is whole once there is room again', async () => {
    const { disk, fault } = watchedDisk();
    const live: Numbered[] = [];
    const journal = await journalOf(() => live, disk);
    live.push({ n: 1 });
    await journal.append({ n: 1 });
    for (const kind of ['write', 'sync'] as const) {
      fault[kind] = full;
      const failed = { code: 'EVENTS_NOT_WRITTEN', details: { file, received: full.message } };
      await expect(journal.append({ n: 2 })).rejects.toMatchObject(failed);
      await expect(Promise.all([journal.append({ n: 2 }), journal.append({ n: 3 })])).rejects.toMatchObject({
        details: { field: 'line 2' },
      });
      fault[kind] = null;
      await journal.append({ n: 1 });
      expect(read()).toEqual([1]);
    }
    live.push({ n: 4 });
    await journal.append({ n: 4 });
    expect(read()).toEqual([1, 4]);
  });

  it('keeps a journal from being opened, and leaves the old one as it was', async () => {
    writeFileSync(file, encodeLine({ n: 1 }));
    const { disk, fault } = watchedDisk();
    fault.write = full;
    await expect(journalOf(() => [{ n: 1 }], disk)).rejects.toMatchObject({ code: 'EVENTS_NOT_WRITTEN' });
    expect(read()).toEqual([1]);
  });
});

it('a file that ends without a newline is no whole line, even when its checksum is right', () => {
  writeFileSync(file, encodeLine({ n: 1 }));
  appendFileSync(file, encodeLine({ n: 2 }));
  truncateSync(file, statSync(file).size - 1);
  expect(read()).toEqual([1]);
  expect(readFileSync(file, 'utf8').endsWith('}')).toBe(true);
});
