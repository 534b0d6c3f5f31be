import { benchColdStart } from './cold-start.ts';
import { benchFewShot } from './few-shot.ts';
import { benchHeads } from './heads.ts';
import { benchInfer } from './infer.ts';
import { benchIngest } from './ingest.ts';
import { benchIngestPath } from './ingest-path.ts';
import { benchMemory } from './memory.ts';
import { benchMetrics } from './metrics.ts';
import { benchTimeToMap } from './time-to-map.ts';
import { benchTrain } from './train.ts';

/** What a bench prints last, as one line of JSON; a ratio above 1 means that we are ahead. */
export interface BenchResult {
  readonly bench: string;
  readonly ratio: Readonly<Record<string, number>>;
  readonly [figure: string]: unknown;
}

const benches: Readonly<Record<string, (options: readonly string[]) => Promise<BenchResult>>> = {
  ingest: benchIngest,
  metrics: benchMetrics,
  memory: benchMemory,
  'ingest-path': benchIngestPath,
  train: benchTrain,
  'time-to-map': benchTimeToMap,
  heads: benchHeads,
  'few-shot': benchFewShot,
  infer: benchInfer,
  'cold-start': benchColdStart,
};

/** `npm run bench -- NAME [options of the bench]` */
export async function main([name = '', ...options]: readonly string[]): Promise<number> {
  const bench = benches[name];
  if (bench === undefined) {
    console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')}`);
    return 2;
  }
  console.log(JSON.stringify(await bench(options)));
  return 0;
}
