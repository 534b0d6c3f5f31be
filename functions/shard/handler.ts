import { shardUpload } from '../../shared/dataset/shard-upload.ts';
import { eventFunction, objectHint } from '../../shared/events/event-function.ts';

/** Woken by every receipt: writes the shards and the manifest entry of the upload. */
export const main = eventFunction('shard', async (hint, { store }) => {
  const result = await shardUpload(store, objectHint(hint).key);
  if (result.outcome !== 'sharded') return result;
  const { clips, shards } = result.entry;
  return { outcome: result.outcome, clips, shards: shards.train.length + shards.eval.length };
});
