import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeLine } from '../../../../infra/local/events/journal-lines.ts';
import { type DeadLetter, Outbox, type OutboxOptions } from '../../../../infra/local/events/outbox.ts';
import type { ObjectNotice } from '../../../../infra/local/object-store/start-object-store.ts';

let folder: string;
let outbox: Outbox;
const noticeOf = (key: string): ObjectNotice => ({
  operation: 'write',
  bucket: 'b',
  key,
  etag: 'e',
  size: 1,
  contentType: null,
  requestId: 'r',
  time: new Date(5),
});
const letterOf = (functionName: string, key: string, reason = 'because'): DeadLetter => ({
  ...{ functionName, key, operation: 'write', attempts: 8, reason },
  time: '2026-01-01T00:00:00.000Z',
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-outbox-'));
  outbox = await Outbox.open(folder);
});
afterEach(async () => {
  await outbox.close();
  await rm(folder, { recursive: true });
});

async function restart(options: OutboxOptions = {}): Promise<void> {
  await outbox.close();
  outbox = await Outbox.open(folder, options);
}

const left = () =>
  outbox
    .unfinished()
    .map(({ notice, to }) => `${notice.key} to ${[...to].join(' ')}`)
    .sort();

describe('an outbox', () => {
  it('has after a restart what was not settled, with all that is known of it', async () => {
    const a = await outbox.add(noticeOf('ä "1"\n'), ['f', 'g']);
    const b = await outbox.add(noticeOf('b'), ['f']);
    await outbox.add(noticeOf('c'), ['g']);
    outbox.settle(a, 'f');
    outbox.drop(b, 'f');
    const before = outbox.unfinished();
    expect(before.map(({ to }) => [...to])).toEqual([['g'], ['g']]);
    for (let i = 0; i < 2; i++) {
      await restart();
      expect(outbox.unfinished()).toEqual(before);
    }
  });

  it('keeps dead letters over restarts, one for a function and object, the latest last', async () => {
    for (const [functionName, key, reason] of [
      ['f', 'a', 'first'],
      ['g', 'a', 'other'],
      ['f', 'b', 'third'],
      ['f', 'a', 'last'],
    ] as const) {
      const entry = await outbox.add(noticeOf(key), [functionName]);
      await outbox.bury(entry, letterOf(functionName, key, reason));
    }
    const reasons = () => outbox.deadLetters().map(({ reason }) => reason);
    expect(reasons()).toEqual(['other', 'third', 'last']);
    for (let i = 0; i < 2; i++) {
      await restart();
      expect(reasons()).toEqual(['other', 'third', 'last']);
      expect(outbox.deadLetters()[2]).toEqual(letterOf('f', 'a', 'last'));
    }
    expect(left()).toEqual([]);
  });

  it('forgets a dead letter when the same function is well told of the same object', async () => {
    await outbox.bury(await outbox.add(noticeOf('a'), ['f']), letterOf('f', 'a'));
    const [byOther, ofOther, withdrawn, again] = await Promise.all([
      outbox.add(noticeOf('a'), ['g']),
      outbox.add(noticeOf('b'), ['f']),
      outbox.add(noticeOf('a'), ['f']),
      outbox.add(noticeOf('a'), ['f']),
    ]);
    outbox.settle(byOther, 'g');
    outbox.settle(ofOther, 'f');
    outbox.drop(withdrawn, 'f');
    await restart();
    expect(outbox.deadLetters()).toHaveLength(1);
    outbox.settle(again, 'f');
    expect(outbox.deadLetters()).toEqual([]);
    await restart();
    expect(outbox.deadLetters()).toEqual([]);
  });

  it('stays small however many events go through it', async () => {
    await restart({ largeBytes: 20_000 });
    await outbox.bury(await outbox.add(noticeOf('dead'), ['f']), letterOf('f', 'dead'));
    await outbox.add(noticeOf('waits'), ['f']);
    for (let i = 0; i < 30; i++) {
      const entries = await Promise.all(
        Array.from({ length: 40 }, (_, k) => outbox.add(noticeOf(`${i}/${k}`), ['f'])),
      );
      for (const entry of entries) outbox.settle(entry, 'f');
    }
    await restart();
    expect(readFileSync(path.join(folder, 'journal')).length).toBeLessThan(1000);
    expect(left()).toEqual(['waits to f']);
    expect(outbox.deadLetters()).toHaveLength(1);
  });

  it('is of one process at a time', async () => {
    await expect(Outbox.open(folder)).rejects.toMatchObject({ code: 'STATE_IN_USE' });
    await restart();
    expect(readdirSync(folder).sort()).toEqual(['journal', 'lock']);
  });

  it('leaves out what a crash tore, and refuses other damage and lets go of the folder', async () => {
    await outbox.add(noticeOf('a'), ['f']);
    await outbox.add(noticeOf('b'), ['f']);
    await outbox.close();
    const file = path.join(folder, 'journal');
    appendFileSync(file, encodeLine({ is: 'due' }).slice(0, 20));
    await restart();
    expect(left()).toEqual(['a to f', 'b to f']);
    await outbox.close();
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.replace('"key":"a"', '"key":"x"'));
    for (let i = 0; i < 2; i++) {
      await expect(Outbox.open(folder)).rejects.toMatchObject({
        code: 'EVENTS_DAMAGED',
        details: { file, field: 'line 1' },
      });
    }
    writeFileSync(file, whole + encodeLine({ is: 'of the future' }));
    await expect(Outbox.open(folder)).rejects.toMatchObject({ details: { file, field: 'line 3' } });
    writeFileSync(file, whole);
    await restart();
  });
});

it('an entry that the disk did not take is not in the outbox', async () => {
  let full = false;
  const disk = {
    write(descriptor: number, bytes: Buffer) {
      writeFileSync(descriptor, bytes);
      if (full) throw new Error('ENOSPC: no space left on device, write');
    },
    sync: async () => {},
  };
  await restart({ disk });
  await outbox.add(noticeOf('a'), ['f']);
  full = true;
  await expect(outbox.add(noticeOf('b'), ['f'])).rejects.toMatchObject({
    code: 'EVENTS_NOT_WRITTEN',
    details: { file: path.join(folder, 'journal'), field: 'line 2' },
  });
  full = false;
  await outbox.add(noticeOf('c'), ['f']);
  expect(left()).toEqual(['a to f', 'c to f']);
  await restart();
  expect(left()).toEqual(['a to f', 'c to f']);
});
