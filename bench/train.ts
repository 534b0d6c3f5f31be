import { availableParallelism, loadavg } from 'node:os';
import type { BenchResult } from './bench.ts';
import { median } from './median.ts';
import { startOurs, type Taken } from './train-ours.ts';
import { startRival } from './train-rivals.ts';

const usage = 'usage: npm run bench -- train [--threads N] [--rounds N] [--steps N]';

/**
 * Steps a second of the reference's multi-level attention (H = 1024, batches of 500) by the product's own training
 * loop, which makes its batches and dropout masks on the way, against Keras on TensorFlow and PyTorch, whose batches
 * are ready in memory; all with as many threads. They take turns: what other work on the machine takes from a round,
 * it takes from all alike.
 */
export async function benchTrain(options: readonly string[]): Promise<BenchResult> {
  const { threads, rounds, steps } = parse(options);
  // Read by TensorFlow when it starts.
  process.env['TF_NUM_INTRAOP_THREADS'] = `${threads}`;
  process.env['TF_NUM_INTEROP_THREADS'] = `${threads}`;
  const ours = await startOurs();
  const rivals = [startRival('keras', threads), startRival('pytorch', threads)].filter(
    (rival) => rival !== null,
  );
  const taken: Record<string, Taken[]> = {};
  const products: number[] = [];
  try {
    const ways: [string, (count: number) => Promise<Taken>][] = [['ours', ours.steps]];
    for (const { name, ways: all, steps: make } of rivals) {
      for (const way of all) ways.push([`${name}-${way}`, (count) => make(way, count)]);
    }
    // Compiles, allocates.
    for (const [, make] of ways) await make(1);
    for (let round = 0; round < rounds; round++) {
      for (const [name, make] of ways) taken[name] = [...(taken[name] ?? []), await make(steps)];
      const { wall, flops } = await ours.product();
      products.push(flops / wall / 1e9);
    }
    const profile = await ours.profile(steps);
    const wall = medians(taken, 'wall');
    const cpu = medians(taken, 'cpu');
    return {
      bench: 'train',
      ratio: ratios(wall),
      // Of processor time, which other work on the machine takes less part in.
      cpuRatio: ratios(cpu),
      ...{ threads, rounds, steps, engine: ours.engine, load: loadavg()[0] },
      stepsPerSecond: Object.fromEntries(Object.entries(wall).map(([name, seconds]) => [name, 1 / seconds])),
      seconds: { wall, cpu },
      gigaflopsAStep: ours.flops / 1e9,
      gigaflopsASecond: {
        ours: ours.flops / wall['ours']! / 1e9,
        product: median(products),
        productAtBest: Math.max(...products),
      },
      /** Seconds of processors a step. */
      profile,
    };
  } finally {
    await ours.close();
    for (const rival of rivals) await rival.close();
  }
}

function medians(taken: Readonly<Record<string, readonly Taken[]>>, which: keyof Taken) {
  return Object.fromEntries(
    Object.entries(taken).map(([name, all]) => [name, median(all.map((seconds) => seconds[which]))]),
  );
}

/** Against the faster way of each, and the faster of them. */
function ratios(seconds: Readonly<Record<string, number>>): Record<string, number> {
  const ratio: Record<string, number> = {};
  for (const name of ['keras', 'pytorch']) {
    const ways = Object.keys(seconds).filter((way) => way.startsWith(`${name}-`));
    if (ways.length > 0) ratio[name] = Math.min(...ways.map((way) => seconds[way]!)) / seconds['ours']!;
  }
  if (Object.keys(ratio).length > 0) ratio['best'] = Math.min(...Object.values(ratio));
  return ratio;
}

function parse(options: readonly string[]) {
  const numbers = { '--threads': availableParallelism(), '--rounds': 5, '--steps': 3 };
  for (let i = 0; i < options.length; i++) {
    const name = options[i]!;
    if (name in numbers && Number(options[i + 1]) >= 1) {
      numbers[name as keyof typeof numbers] = Number(options[++i]);
    } else throw new Error(usage);
  }
  const { '--threads': threads, '--rounds': rounds, '--steps': steps } = numbers;
  return { threads, rounds, steps };
}
