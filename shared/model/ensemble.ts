import * as z from 'zod';
import { weightLayout } from './layout.ts';
import { modelConfigSchema } from './model-config.ts';
import { type ModelSpec, modelSpecSchema } from './model-spec.ts';
import type { Weight } from './weights.ts';

/** That a run may have. */
export const mostMembers = 16;
/** That a model may have: members, or evaluations of each. */
export const mostNetworks = 64;

/** Several networks on the same clips, whose probabilities are averaged with equal weights; folded. */
export const ensembleSpecSchema = z.strictObject({
  members: z.array(modelConfigSchema).min(2).max(mostNetworks),
  ...modelSpecSchema.omit({ model: true, normalisation: true }).shape,
  normalisation: z.literal('folded'),
});
export type EnsembleSpec = z.infer<typeof ensembleSpecSchema>;

/** What can be saved and served as one model. */
export type ServedSpec = ModelSpec | EnsembleSpec;
export const servedSpecSchema = z.union([modelSpecSchema, ensembleSpecSchema]);

export const isEnsemble = (spec: ServedSpec): spec is EnsembleSpec => 'members' in spec;

/** One network of a served model. */
export interface NetworkPlace {
  readonly spec: ModelSpec;
  /** Stands before the names of its weights and nodes; empty where there is one network only. */
  readonly prefix: string;
}

export function networksOf(spec: ServedSpec): readonly NetworkPlace[] {
  if (!isEnsemble(spec)) return [{ spec, prefix: '' }];
  const { members, ...shape } = spec;
  return members.map((model, i) => ({ spec: { model, ...shape }, prefix: `member${i + 1}/` }));
}

/** Names and shapes of all weights of a served model, in the order in which they are stored. */
export function servedLayout(
  spec: ServedSpec,
): { readonly name: string; readonly shape: readonly number[] }[] {
  return networksOf(spec).flatMap(({ spec: network, prefix }) =>
    weightLayout(network).map(({ name, shape }) => ({ name: `${prefix}${name}`, shape })),
  );
}

/** Those whose names have the prefix, by what follows it. */
export function valuesUnder<T>(
  values: Iterable<readonly [string, T]>,
  prefix: NetworkPlace['prefix'],
): Map<string, T> {
  const own = new Map<string, T>();
  for (const [name, value] of values) if (name.startsWith(prefix)) own.set(name.slice(prefix.length), value);
  return own;
}

/**
 * Joins folded networks of the same labels and clips to one model; one stays what it is.
 * @throws Error when their shapes differ, or there are none or more than 64: a fault of the code, never of data.
 */
export function joinNetworks(
  networks: readonly { readonly spec: ModelSpec; readonly weights: ReadonlyMap<string, Weight> }[],
): { spec: ServedSpec; weights: ReadonlyMap<string, Weight> } {
  if (networks.length === 1) return networks[0]!;
  const { labels, width, maxFrames } = networks[0]!.spec;
  const shape = { labels, width, maxFrames, normalisation: 'folded' };
  for (const { spec } of networks) {
    const { model, ...own } = spec;
    if (JSON.stringify(Object.entries(own).sort()) !== JSON.stringify(Object.entries(shape).sort()))
      throw new Error(`a network of ${JSON.stringify(own)} cannot be joined with ${JSON.stringify(shape)}`);
  }
  const spec = ensembleSpecSchema.parse({ members: networks.map(({ spec: { model } }) => model), ...shape });
  const weights = new Map<string, Weight>();
  for (const [i, { prefix }] of networksOf(spec).entries()) {
    for (const [name, weight] of networks[i]!.weights) weights.set(`${prefix}${name}`, weight);
  }
  return { spec, weights };
}
