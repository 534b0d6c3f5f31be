import { onlyModel } from '../../../shared/registry/known-models.ts';
import { type AliasChange, promote, rollback } from '../../../shared/registry/stable-moves.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { bucketOf } from '../bucket-commands.ts';
import { type CommandContext, type Options, type Outcome, textOf } from '../command-outcome.ts';

/** `promote <model> [version]` */
export async function runPromote(context: CommandContext): Promise<Outcome> {
  const { options } = context;
  const store = await bucketOf(context);
  const model = await modelOf(store, options);
  const version = textOf(options, 'to') ?? undefined;
  const reason = reasonOf(options, 'promoted');
  return outcomeOf(await promote(store, model, { version, reason }));
}

/** `rollback [model]` */
export async function runRollback(context: CommandContext): Promise<Outcome> {
  const { options } = context;
  const store = await bucketOf(context);
  const reason = reasonOf(options, 'rolled back');
  return outcomeOf(await rollback(store, await modelOf(store, options), { reason }));
}

/** The model that is named, or the only one. @throws VERSION_UNKNOWN */
export async function modelOf(store: ObjectStore, options: Options): Promise<string> {
  return textOf(options, 'model') ?? onlyModel(store);
}

export const reasonOf = (options: Options, fallback: string): string =>
  textOf(options, 'reason') ?? `${fallback} by command`;

function outcomeOf({ model, before, changed, aliases }: AliasChange): Outcome {
  const { stable, candidate } = aliases;
  const moved = changed ? `was ${before ?? 'none'}; served within seconds` : 'as before';
  return {
    lines: [`${model}: stable ${stable} (${moved})`],
    json: { model, stable, candidate, before, changed },
  };
}
