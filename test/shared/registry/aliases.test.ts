import { describe, expect, it } from 'vitest';
import { modelKeys } from '../../../shared/dataset/keys.ts';
import { moveAlias, readAliases } from '../../../shared/registry/aliases.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { watchedStore } from '../../fixtures/object-store/watched-store.ts';

const freshBucket = freshBuckets();
const { aliases: key } = modelKeys('m');

describe('an alias', () => {
  it('is not there before it is first moved', async () => {
    expect(await readAliases(await freshBucket(), 'm')).toBeNull();
  });

  it('remembers each move, what it pointed to before, and why', async () => {
    const store = await freshBucket();
    await moveAlias(store, 'm', { alias: 'stable', version: '1', reason: 'first' });
    await moveAlias(store, 'm', { alias: 'candidate', version: '2', reason: 'better?' });
    const moved = await moveAlias(store, 'm', { alias: 'stable', version: '2', reason: 'better' });
    expect(moved).toMatchObject({
      stable: '2',
      candidate: '2',
      history: [
        { alias: 'stable', version: '1', from: null, reason: 'first' },
        { alias: 'candidate', version: '2', from: null, reason: 'better?' },
        { alias: 'stable', version: '2', from: '1', reason: 'better' },
      ],
    });
    expect((await readAliases(store, 'm'))?.aliases).toEqual(moved);
  });

  it('moved to where it is stays untouched', async () => {
    const store = await freshBucket();
    await moveAlias(store, 'm', { alias: 'stable', version: '1', reason: 'first' });
    const before = store.changes();
    await moveAlias(store, 'm', { alias: 'stable', version: '1', reason: 'again' });
    expect(store.changes()).toEqual(before);
  });

  it('moved by eight at once keeps every move in one unbroken history', async () => {
    const store = await freshBucket();
    const versions = ['1', '2', '3', '4', '5', '6', '7', '8'];
    await Promise.all(
      versions.map((version) =>
        moveAlias(store, 'm', { alias: 'stable', version, reason: `run ${version}` }),
      ),
    );
    const { stable, history } = (await readAliases(store, 'm'))!.aliases;
    expect(history.map(({ version }) => version).sort()).toEqual(versions);
    expect(history.map(({ from }) => from)).toEqual([
      null,
      ...history.slice(0, -1).map((move) => move.version),
    ]);
    expect(stable).toBe(history.at(-1)!.version);
  });

  it('gives up when others move it again and again', async () => {
    const store = await freshBucket();
    let moves = 0;
    const crowded = watchedStore(store, async ({ method }) => {
      if (method !== 'put') return;
      moves++;
      await moveAlias(store, 'm', { alias: 'candidate', version: `${moves}`, reason: 'theirs' });
    });
    const move = moveAlias(crowded, 'm', { alias: 'stable', version: '1', reason: 'ours' });
    await expect(move).rejects.toMatchObject({ code: 'CONDITIONAL_WRITE_LOST', details: { file: key } });
    expect((await readAliases(store, 'm'))!.aliases).toMatchObject({ stable: null, candidate: `${moves}` });
  });

  it('that cannot be read is named', async () => {
    const store = await freshBucket();
    await store.put(key, Buffer.from('{"stable": 1}'));
    await expect(readAliases(store, 'm')).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      details: { file: key, path: 'stable', received: '1' },
    });
  });
});
