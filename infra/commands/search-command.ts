import { modelKeys } from '../../shared/dataset/keys.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { searchAnswerOf } from '../../shared/protocols/search.ts';
import { newestModel, readAliases } from '../../shared/registry/aliases.ts';
import { EvaluatedClips } from '../../shared/search/evaluated-clips.ts';
import { searchDepth } from '../../shared/search/search-index.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { type Options, textOf, wordsOf } from './command-outcome.ts';

export interface SearchOptions {
  /** Name, mid or index. */
  readonly label: string;
  readonly topK: number;
  /** Null: the model whose alias moved last. */
  readonly model: string | null;
}

/** What `GET /search` answers. */
export type SearchReport = ReturnType<typeof searchAnswerOf>;

const usualTop = 20;

/** Names of labels have spaces, so all words are one label. @throws USAGE */
export function parseSearchOptions(options: Options): SearchOptions {
  const label = wordsOf(options['label']).join(' ').trim();
  if (label === '')
    throw new EarshotError('USAGE', { field: 'search', expected: '<label>', received: 'nothing' });
  const top = textOf(options, 'top');
  const topK = top === null ? usualTop : Number(top);
  if (!/^\d+$/.test(top ?? '1') || topK < 1 || topK > searchDepth) {
    const received = JSON.stringify(top);
    throw new EarshotError('USAGE', {
      field: '--top',
      expected: `a whole number 1..${searchDepth}`,
      received,
    });
  }
  return { label, topK, model: textOf(options, 'model') };
}

/**
 * The evaluated clips that the stable version of a model hears a label in most.
 * @throws MODEL_MISSING, and what `EvaluatedClips.search` throws
 */
export async function search(
  store: ObjectStore,
  { label, topK, model }: SearchOptions,
): Promise<SearchReport> {
  const name = model ?? (await newestModel(store));
  const version = (await readAliases(store, name))?.aliases.stable ?? null;
  if (version === null) throw new EarshotError('MODEL_MISSING', { file: modelKeys(name).aliases });
  const served = { name, version };
  return searchAnswerOf(served, await new EvaluatedClips(store).search(served, label, topK, 'label'));
}

/** A line a clip: probability, where to hear it, and its labels. */
export function searchLines({ label, model, evaluated, clips }: SearchReport): string[] {
  const places = clips.map(
    ({ id, link, start_seconds: start }) => link ?? (start === null ? id : `${id} at ${start} s`),
  );
  const width = Math.max(0, ...places.map((place) => place.length));
  return [
    `${label.name} (${label.id}): first ${clips.length} of the ${evaluated} clips that ${model.name}/${model.version} was evaluated on`,
    ...clips.map(({ probability, labels }, i) => {
      const percent = (100 * probability).toFixed(1).padStart(5);
      return `  ${percent} %  ${places[i]!.padEnd(width)}  ${labels.map(({ name }) => name).join(', ')}`;
    }),
  ];
}
