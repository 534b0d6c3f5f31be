import type { Label } from '../dataset/label-list.ts';
import { choose, type Selection } from '../inference/options.ts';
import { invalid } from '../inference/read-frames.ts';
import type { ScoredClip, ScoredSpan } from '../inference/score-clips.ts';
import type { AskedOutput, OutputTensor } from './open-inference-schemas.ts';

/**
 * The tensors of an answer. Those that are asked for; else `probabilities` of all labels, or `scores`, `labels` and
 * `label_ids` when the caller chose among the labels. Rows of fewer labels than the longest end in 0 and ''. Windows of
 * long clips and scores of frames are further tensors, with the clip and the seconds of each row.
 */
export function outputsOf(
  clips: readonly ScoredClip[],
  selection: Selection,
  labels: readonly Label[],
  asked: readonly AskedOutput[],
): OutputTensor[] {
  const usual = selection.selective
    ? (['scores', 'labels', 'label_ids'] as const)
    : (['probabilities'] as const);
  const wanted: readonly AskedOutput[] = asked.length > 0 ? asked : usual.map((name) => ({ name }));
  const rows = clips.map(({ probabilities }) => choose(probabilities, selection));
  const columns = Math.max(...rows.map((row) => row.length));
  const padded = <T>(of: (choice: { index: number; probability: number }) => T, empty: T): T[] =>
    rows.flatMap((row) =>
      Array.from({ length: columns }, (_, k) => (row[k] === undefined ? empty : of(row[k]))),
    );
  const shape = [clips.length, columns];

  const named: Readonly<Record<AskedOutput['name'], () => OutputTensor>> = {
    probabilities: () => probabilitiesOf('probabilities', clips, labels.length),
    scores: () => ({
      ...{ name: 'scores', shape, datatype: 'FP32' },
      data: padded(({ probability }) => probability, 0),
    }),
    labels: () =>
      texts(
        'labels',
        shape,
        padded(({ index }) => labels[index]!.displayName, ''),
      ),
    label_ids: () =>
      texts(
        'label_ids',
        shape,
        padded(({ index }) => labels[index]!.mid, ''),
      ),
  };
  return [
    ...wanted.map(({ name, parameters }, i) => {
      const most = parameters?.classification;
      if (most === undefined) return named[name]();
      if (name !== 'probabilities') {
        throw invalid(['outputs', i, 'parameters', 'classification'], 'only with probabilities', name);
      }
      return classified(clips, { ...selection, topK: Math.min(most, labels.length) }, labels);
    }),
    ...partsOf('window', clips, ({ windows }) => (windows.length > 1 ? windows : []), labels.length),
    ...partsOf('frame', clips, ({ frames }) => frames ?? [], labels.length),
  ];
}

function classified(
  clips: readonly ScoredClip[],
  selection: Selection,
  labels: readonly Label[],
): OutputTensor {
  const rows = clips.map(({ probabilities }) =>
    choose(probabilities, selection).map(
      ({ index, probability }) => `${probability}:${index}:${labels[index]!.displayName}`,
    ),
  );
  const columns = Math.max(...rows.map((row) => row.length));
  const data = rows.flatMap((row) => Array.from({ length: columns }, (_, k) => row[k] ?? ''));
  return texts('probabilities', [clips.length, columns], data);
}

const texts = (name: string, shape: number[], data: string[]): OutputTensor => ({
  ...{ name, shape, datatype: 'BYTES' },
  data,
});

function probabilitiesOf(
  name: string,
  rows: readonly { readonly probabilities: Float32Array }[],
  labels: number,
): OutputTensor {
  return {
    ...{ name, shape: [rows.length, labels], datatype: 'FP32' },
    data: rows.flatMap(({ probabilities }) => [...probabilities]),
  };
}

function partsOf(
  kind: 'window' | 'frame',
  clips: readonly ScoredClip[],
  of: (clip: ScoredClip) => readonly ScoredSpan[],
  labels: number,
): OutputTensor[] {
  const parts = clips.flatMap((clip, i) => of(clip).map((span) => ({ ...span, clip: i })));
  if (parts.length === 0) return [];
  return [
    probabilitiesOf(`${kind}_probabilities`, parts, labels),
    {
      ...{ name: `${kind}_clips`, shape: [parts.length], datatype: 'INT32' },
      data: parts.map(({ clip }) => clip),
    },
    {
      ...{ name: `${kind}_seconds`, shape: [parts.length, 2], datatype: 'FP32' },
      data: parts.flatMap(({ start, end }) => [start, end]),
    },
  ];
}
