import * as z from 'zod';
import type { Label } from '../dataset/label-list.ts';
import { type PathLike, preview } from '../errors/parse-with-schema.ts';
import { invalid } from './read-frames.ts';

/** By mid or by display name; a document of the API lists those of the model it is about. */
const labelName = z.string().min(1).max(255).meta({ id: 'LabelName' });

/** What every protocol lets a caller say of the answer. */
export const optionsSchema = z.strictObject({
  top_k: z.int().min(1).max(65_536).optional().describe('The most probable labels only, as many as this.'),
  threshold: z.number().min(0).max(1).optional().describe('Labels of at least this probability only.'),
  labels: z
    .array(labelName)
    .min(1)
    .max(65_536)
    .optional()
    .describe('These labels only, by mid or display name; taken out before top_k is counted.'),
  return_frames: z
    .boolean()
    .optional()
    .describe('Also the scores of each frame (a second), where the head of the model has them.'),
  hop: z
    .int()
    .min(1)
    .max(65_536)
    .optional()
    .describe('Frames from one window of a long clip to the next; half a window unless it is said.'),
});
export type Options = z.infer<typeof optionsSchema>;

/** Options settled for one model. */
export interface Selection {
  /** Labels that are asked about, by index; null for all. */
  readonly columns: readonly number[] | null;
  readonly topK: number;
  /** Probability, 0..1. */
  readonly threshold: number;
  readonly perFrame: boolean;
  /** Frames. */
  readonly hop: number;
  /** That the caller chose among the labels. */
  readonly selective: boolean;
}

export interface SelectableModel {
  readonly labels: readonly Label[];
  readonly spec: { readonly maxFrames: number };
}

/**
 * @param at where in the request the options stand
 * @throws REQUEST_INVALID when a label is none of the model's
 */
export function selectionOf(
  { top_k: topK, threshold, labels, return_frames: perFrame = false, hop }: Options,
  model: SelectableModel,
  usualTopK: number,
  at: PathLike = [],
): Selection {
  const { maxFrames } = model.spec;
  return {
    columns: labels === undefined ? null : columnsOf(labels, model.labels, at),
    topK: Math.min(topK ?? usualTopK, model.labels.length),
    threshold: threshold ?? 0,
    perFrame,
    hop: Math.min(hop ?? Math.ceil(maxFrames / 2), maxFrames),
    selective: topK !== undefined || threshold !== undefined || labels !== undefined,
  };
}

const indexes = new WeakMap<readonly Label[], ReadonlyMap<string, number>>();

/** By mid and, whatever the case of its letters, by display name. */
function indexOf(labels: readonly Label[]): ReadonlyMap<string, number> {
  const known = indexes.get(labels);
  if (known !== undefined) return known;
  const made = new Map<string, number>();
  for (const { index, displayName } of labels) made.set(displayName.toLowerCase(), index);
  for (const { index, mid } of labels) made.set(mid, index);
  indexes.set(labels, made);
  return made;
}

function columnsOf(names: readonly string[], labels: readonly Label[], at: PathLike): number[] {
  const index = indexOf(labels);
  const columns = names.map((name, i) => {
    const column = index.get(name) ?? index.get(name.toLowerCase());
    if (column !== undefined) return column;
    throw invalid([...at, 'labels', i], 'a label of the model, by mid or display name', preview(name));
  });
  return [...new Set(columns)];
}

export const isLabelOf = (name: string, labels: readonly Label[]): boolean =>
  indexOf(labels).has(name) || indexOf(labels).has(name.toLowerCase());

export interface Choice {
  /** Of the label. */
  readonly index: number;
  readonly probability: number;
}

/** The labels asked about, most probable first; equal ones in the order of the label list. */
export function choose(probabilities: Float32Array, selection: Selection): Choice[] {
  const { columns, topK, threshold } = selection;
  const all = columns ?? probabilities.keys();
  return [...all]
    .map((index) => ({ index, probability: probabilities[index]! }))
    .filter(({ probability }) => probability >= threshold)
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, topK);
}
