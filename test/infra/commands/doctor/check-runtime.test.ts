import { describe, expect, it } from 'vitest';
import { checkRuntime } from '../../../../infra/commands/doctor/check-runtime.ts';

const offering = (...runtimes: { id: string; deprecated?: boolean }[]) => ({
  functionRuntimes: async () => runtimes as never,
});
const both = offering({ id: 'nodejs-22' }, { id: 'nodejs-24' });
const levelOn = async (day: string, offered = both) => {
  const { level, remedy } = await checkRuntime('nodejs-22', offered, new Date(`${day}T12:00:00Z`));
  return { level, remedy };
};

describe('the runtime', () => {
  it.each([
    ['2026-10-29', 'ok'],
    ['2026-10-30', 'warning'],
    ['2027-04-30', 'warning'],
    ['2027-05-01', 'problem'],
  ])('that ends on 2027-04-30 is on %s: %s', async (day, level) => {
    expect((await levelOn(day)).level).toBe(level);
  });

  it('that is deprecated or not offered is told before its end, with those that are', async () => {
    const deprecated = offering({ id: 'nodejs-22', deprecated: true }, { id: 'nodejs-24' });
    expect(await levelOn('2026-01-01', deprecated)).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('(nodejs-24)'),
    });
    expect((await levelOn('2026-01-01', offering({ id: 'nodejs-24' }))).level).toBe('problem');
  });
});
