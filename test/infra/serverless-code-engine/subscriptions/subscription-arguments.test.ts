import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  createArguments,
  deleteArguments,
  listArguments,
  updateArguments,
} from '../../../../infra/serverless-code-engine/subscriptions/subscription-arguments.ts';
import type { DesiredSubscription } from '../../../../infra/serverless-code-engine/subscriptions/subscription-driver.ts';
import { parseCommand } from '../../../fixtures/ibmcloud/documented-flags.ts';

const owner = { service: 'earshot', stage: 'prod' };
const anyName = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
const common = {
  name: anyName,
  app: anyName,
  path: fc.constant('/events/x'),
  secret: fc.string({ minLength: 1 }),
};
const anySubscription: fc.Arbitrary<DesiredSubscription> = fc.oneof(
  fc.record({
    kind: fc.constant('cos' as const),
    ...common,
    bucket: anyName,
    operation: fc.constantFrom('write' as const, 'delete' as const, 'all' as const),
    prefix: fc.string({ unit: 'grapheme' }),
    suffix: fc.string({ unit: 'grapheme' }),
  }),
  fc.record({ kind: fc.constant('cron' as const), ...common, schedule: fc.constant('*/10 * * * *') }),
);

it('commands have documented flags only, and carry every value as it is', () => {
  fc.assert(
    fc.property(anySubscription, (desired) => {
      const made = parseCommand(createArguments(desired, owner));
      expect(made.command).toBe(`ce subscription ${desired.kind} create`);
      const { name, app, path, secret } = desired;
      expect(made.flags).toMatchObject({
        ...{ name: [name], destination: [app], path: [path], 'destination-type': ['app'] },
        extension: expect.arrayContaining([`earshotsecret=${secret}`, 'earshotowner=earshot.prod']),
      });
      if (desired.kind === 'cos') {
        const { bucket, operation, prefix, suffix } = desired;
        expect(made.flags).toMatchObject({ bucket: [bucket], 'event-type': [operation] });
        expect([made.flags['prefix']?.[0] ?? '', made.flags['suffix']?.[0] ?? '']).toEqual([prefix, suffix]);
      } else {
        expect(made.flags).toMatchObject({ schedule: [desired.schedule] });
      }
      const { bucket: _, wait, 'wait-timeout': __, ...same } = made.flags;
      expect(parseCommand(updateArguments(desired, owner)).flags).toEqual(same);
      expect(parseCommand(deleteArguments(desired)).flags).toMatchObject({ name: [name], force: ['true'] });
      expect(parseCommand(listArguments(desired.kind)).flags).toEqual({ output: ['json'] });
    }),
    { numRuns: 50 },
  );
});
