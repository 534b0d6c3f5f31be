import { expect, it } from 'vitest';
import { runRequestSchema } from '../../../shared/runs/documents.ts';
import { memberSettings } from '../../../shared/training/member-settings.ts';
import { trainingSettingsSchema } from '../../../shared/training/settings.ts';

const training = trainingSettingsSchema.parse({ recipe: 'fast', steps: 9, seed: 5 });

it('a run without members has one network, by its own settings', () => {
  expect(memberSettings(training)).toEqual([training]);
  expect(memberSettings(undefined, 1)).toEqual([trainingSettingsSchema.parse({})]);
});

it('so many members differ in their seeds alone', () => {
  expect(memberSettings(training, 3)).toEqual([5, 6, 7].map((seed) => ({ ...training, seed })));
});

it('a member has the settings of the run but for its own, also where these exclude one of the run', () => {
  const members = [{ seed: 1 }, { model: { head: 'linear' }, epochs: 2 }, { recipe: 'linear', batchSize: 7 }];
  const { recipe: _, steps: __, ...rest } = training;
  expect(memberSettings(training, members)).toEqual([
    { ...training, seed: 1 },
    { ...rest, seed: 6, model: { head: 'linear' }, epochs: 2 },
    { ...training, seed: 7, recipe: 'linear', batchSize: 7 },
  ]);
});

it('a model of more than 64 networks is refused', () => {
  const asked = (members: number, averageCheckpoints: number) =>
    runRequestSchema.safeParse({ dataset: 'd', members, training: { averageCheckpoints } }).error?.issues[0];
  expect(asked(8, 8)).toBeUndefined();
  expect(asked(8, 9)).toMatchObject({
    path: ['members'],
    message: expect.stringMatching(/at most 64 networks/),
  });
});

it('a list of one is that one', () => {
  expect(memberSettings(undefined, [{ recipe: 'linear' }])).toEqual([
    trainingSettingsSchema.parse({ recipe: 'linear' }),
  ]);
});

it.each([
  [17, ['members'], /number to be <=16/],
  [0, ['members'], /number to be >=1/],
  [1.5, ['members'], /a whole number/],
  [[], ['members'], /array to have >=1/],
  ['fast', ['members'], /a list of 1 to 16/],
  [[{}, { recipe: 'fats' }], ['members', 1, 'recipe'], /expected one of/],
  [[{ stesp: 1 }], ['members', 0], /stesp/],
  [[{ recipe: 'fast', model: { head: 'linear' } }], ['members', 0, 'model'], /recipe or model, not both/],
])('members %j are refused where they are wrong', (members, path, message) => {
  const { error } = runRequestSchema.safeParse({ dataset: 'd', members });
  expect(error!.issues[0]!.path).toEqual(path);
  expect(error!.issues[0]!.message).toMatch(message);
});
