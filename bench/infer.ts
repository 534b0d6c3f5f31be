import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchResult } from './bench.ts';
import { HttpCaller } from './http-caller.ts';
import {
  type BenchModel,
  benchModels,
  requestBodies,
  savedBenchModel,
  shape,
  writeModel,
} from './infer-models.ts';
import {
  type BenchServer,
  chosenServers,
  ratioNames,
  rivals,
  servingPython,
  startProgram,
  startRivalServer,
} from './infer-servers.ts';
import { median } from './median.ts';
import { numbersOf } from './options.ts';
import { percentile } from './percentile.ts';

const atOnce = 64;

interface Figures {
  /** Milliseconds a request, one at a time. */
  readonly p50: number;
  readonly p99: number;
  /** With 64 at once. */
  readonly requestsPerSecond: number;
}

/**
 * One clip as JSON over HTTP, warm: infer as `serverless local` runs it, against a Node server that answers a constant,
 * and the same model by Keras and by ONNX Runtime behind FastAPI and uvicorn. They take turns. `keras-fastapi` asks the
 * model as Keras' guides do, `keras-function-fastapi` as a function compiled beforehand. Ratios are those of the model
 * where we are worse.
 */
export async function benchInfer(options: readonly string[]): Promise<BenchResult> {
  const { only, others } = chosenServers(options);
  const { rounds, requests } = numbersOf('infer', others, { rounds: 5, requests: 300 });
  const models: Partial<Record<BenchModel, Record<string, Figures>>> = {};
  let difference = 0;
  for (const name of Object.keys(benchModels) as BenchModel[]) {
    const measured = await measure(name, rounds, requests, only);
    models[name] = measured.figures;
    difference = Math.max(difference, measured.difference);
  }
  const all = Object.values(models);
  return {
    bench: 'infer',
    ratio: worst(all.map((figures) => ratios(figures, ({ p99 }) => 1 / p99))),
    p50Ratio: worst(all.map((figures) => ratios(figures, ({ p50 }) => 1 / p50))),
    throughputRatio: worst(all.map((figures) => ratios(figures, (of) => of.requestsPerSecond))),
    ...{ rounds, requests, atOnce, load: loadavg()[0] },
    /** Largest, of the scores of the same clips. */
    difference,
    models,
  };
}

async function measure(name: BenchModel, rounds: number, requests: number, only: readonly string[]) {
  const state = mkdtempSync(path.join(tmpdir(), 'earshot-bench-infer-'));
  const folder = path.join(state, 'model');
  writeModel(folder, savedBenchModel(name));
  const servers = new Map<string, BenchServer>();
  try {
    servers.set('ours', await startProgram('infer-ours.ts', folder, path.join(state, 'local')));
    if (only.includes('node-constant')) servers.set('node-constant', await startProgram('infer-constant.ts'));
    const chosen = rivals.filter((rival) => only.includes(rival));
    const python = chosen.length === 0 ? undefined : servingPython();
    const [body] = requestBodies(1);
    for (const rival of python === undefined ? [] : chosen) {
      servers.set(rival, await startRivalServer(python!, rival, folder, body!));
    }
    const difference = await largestDifference(servers);
    if (difference > 1e-4) throw new Error(`scores of ${name} differ by ${difference}`);
    return { figures: await takeTurns(servers, rounds, requests), difference };
  } finally {
    for (const server of servers.values()) await server.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

async function takeTurns(servers: ReadonlyMap<string, BenchServer>, rounds: number, requests: number) {
  const taken = [...servers].map(([name, { url }]) => ({
    ...{ name, one: new HttpCaller(url, 1), many: new HttpCaller(url, atOnce) },
    ...{ latencies: [] as number[], rates: [] as number[] },
  }));
  const bodies = requestBodies(requests);
  // Compiles, allocates.
  for (const { one, many } of taken) {
    await one.latencies(bodies.slice(0, 100));
    await many.throughput(bodies.slice(0, 100), atOnce);
  }
  for (let round = 0; round < rounds; round++) {
    for (const { one, latencies } of taken) latencies.push(...(await one.latencies(bodies)));
    for (const { many, rates } of taken) rates.push(await many.throughput(bodies, atOnce));
  }
  for (const { one, many } of taken) {
    one.close();
    many.close();
  }
  return Object.fromEntries(
    taken.map(({ name, latencies, rates }): [string, Figures] => [
      name,
      {
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        requestsPerSecond: median(rates),
      },
    ]),
  );
}

interface Predictions {
  readonly clips: readonly [{ readonly predictions: readonly { label_id: string; probability: number }[] }];
}

/** Of all scores of a few clips, between ours and each rival's. */
async function largestDifference(servers: ReadonlyMap<string, BenchServer>): Promise<number> {
  const bodies = requestBodies(3, { top_k: shape.labels });
  const scoresBy = async (name: string) => {
    const caller = new HttpCaller(servers.get(name)!.url, 1);
    const scores: Map<string, number>[] = [];
    for (const body of bodies) {
      const { clips } = JSON.parse((await caller.post(body)).body) as Predictions;
      scores.push(new Map(clips[0].predictions.map((of) => [of.label_id, of.probability])));
    }
    caller.close();
    return scores;
  };
  const ours = await scoresBy('ours');
  let largest = 0;
  for (const rival of rivals.filter((name) => servers.has(name))) {
    for (const [clip, scores] of (await scoresBy(rival)).entries()) {
      for (const [label, score] of scores) {
        largest = Math.max(largest, Math.abs(score - (ours[clip]!.get(label) ?? Number.POSITIVE_INFINITY)));
      }
    }
  }
  return largest;
}

/** Of ours to each. */
function ratios(figures: Readonly<Record<string, Figures>>, speed: (figures: Figures) => number) {
  const own = speed(figures['ours']!);
  return Object.fromEntries(
    Object.entries({ 'node-constant': 'node-constant', ...ratioNames }).flatMap(([server, name]) =>
      figures[server] === undefined ? [] : [[name, own / speed(figures[server])]],
    ),
  );
}

function worst(ratiosOfModels: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(ratiosOfModels[0]!);
  return Object.fromEntries(names.map((name) => [name, Math.min(...ratiosOfModels.map((of) => of[name]!))]));
}
