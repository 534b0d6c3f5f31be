import * as z from 'zod';
import { mostMembers } from '../model/ensemble.ts';
import { type TrainingSettings, trainingSettingsSchema } from './settings.ts';

/** How many networks are trained, with seeds that count up; or what each has instead of the run's `training`. */
export const membersSchema = z.union(
  [z.int().min(1).max(mostMembers), z.array(z.record(z.string(), z.unknown())).min(1).max(mostMembers)],
  { error: `a whole number 1..${mostMembers}, or a list of 1 to ${mostMembers} training settings` },
);
export type Members = z.infer<typeof membersSchema>;

/** Of what excludes each other, a member's own choice replaces the run's. */
const alternatives: Readonly<Record<string, string>> = {
  recipe: 'model',
  model: 'recipe',
  steps: 'epochs',
  epochs: 'steps',
};

/**
 * The training settings of each member, one or more. A member that says no seed has the run's plus its index.
 * @throws z.ZodError whose paths begin with the member's index
 */
export function memberSettings(
  training: TrainingSettings | undefined,
  members: Members = 1,
): TrainingSettings[] {
  const common = training ?? trainingSettingsSchema.parse({});
  const own = typeof members === 'number' ? Array.from({ length: members }, () => ({})) : members;
  return own.map((choices, index) => {
    const replaced = new Set(Object.keys(choices).map((name) => alternatives[name]));
    const kept = Object.fromEntries(Object.entries(common).filter(([name]) => !replaced.has(name)));
    const merged = { ...kept, seed: common.seed + index, ...choices };
    const parsed = trainingSettingsSchema.safeParse(merged);
    if (parsed.success) return parsed.data;
    throw new z.ZodError(
      parsed.error.issues.map((issue) => ({ ...issue, path: [index, ...issue.path] }) as z.core.$ZodIssue),
    );
  });
}
