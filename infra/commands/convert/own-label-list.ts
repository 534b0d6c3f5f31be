import { readFile } from 'node:fs/promises';
import { type Label, parseLabelList } from '../../../shared/dataset/label-list.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** Indices of labels are 16 bits wide. */
const mostLabels = 65_536;

/** Another label list to go on from. @throws DATA_UNREADABLE, LABEL_LIST_INVALID */
export async function readEarlierList(file: string): Promise<Label[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const received = error instanceof Error ? error.message : String(error);
    throw new EarshotError('DATA_UNREADABLE', { file, expected: 'a label list', received }, { cause: error });
  });
  return parseLabelList(text, file);
}

/**
 * The label list of a dataset: the earlier one's labels under their indices, then the new names, sorted, so that the
 * order of the clips is of no account. A name is found by mid or display name; a new one is its own mid.
 * @throws LABEL_LIST_INVALID when there are too many
 */
export function ownLabelList(names: Iterable<string>, earlier: readonly Label[]): Label[] {
  const known = labelIndices(earlier);
  const added = [...new Set(names)].filter((name) => !known.has(name)).sort();
  const labels = [
    ...earlier,
    ...added.map((name, i) => ({ index: earlier.length + i, mid: name, displayName: name })),
  ];
  if (labels.length <= mostLabels) return labels;
  const [expected, received] = [`at most ${mostLabels} labels`, `${labels.length}`];
  throw new EarshotError('LABEL_LIST_INVALID', { expected, received });
}

/** Index by mid and by display name; the display name goes first. */
export function labelIndices(labels: readonly Label[]): Map<string, number> {
  const indices = new Map(labels.map(({ mid, index }) => [mid, index]));
  for (const { displayName, index } of labels) indices.set(displayName, index);
  return indices;
}
