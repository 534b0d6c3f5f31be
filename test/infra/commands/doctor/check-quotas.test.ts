import { describe, expect, it } from 'vitest';
import { checkQuotas } from '../../../../infra/commands/doctor/check-quotas.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';

const owner = { service: 'earshot', stage: 'test' };
const literal = (name: string, value: string) => ({ type: 'literal', name, value });
const ours = { run_env_variables: [literal('EARSHOT_SERVICE', 'earshot'), literal('EARSHOT_STAGE', 'test')] };
const others = (count: number) => Array.from({ length: count }, () => ({ run_env_variables: [] }));

async function findings(there: { functions?: object[]; apps?: object[]; jobs?: object[]; jobRuns?: number }) {
  const { functions = [], apps = [], jobs = [], jobRuns = 0 } = there;
  const project = { list: async () => Array.from({ length: jobRuns }, () => ({})) as never };
  const found = await checkQuotas(project, { functions, apps, jobs } as never, aService(), owner);
  return found.map(({ level, text }) => `${level}: ${text}`);
}

describe('quotas', () => {
  it('are told in one finding while there is room', async () => {
    expect(await findings({ functions: others(3), jobRuns: 5 })).toEqual([
      'ok: 3 of 20 functions, 0 of 40 apps, 0 of 100 jobs, 5 of 100 job runs',
    ]);
  });

  it('are a problem when what is still to be made has no room', async () => {
    expect(await findings({ functions: others(20), apps: others(40) })).toEqual([
      'problem: 20 of 20 functions, and 1 more are needed',
      'problem: 40 of 40 apps, and 1 more are needed',
    ]);
  });

  it('are a warning when a full project has all that is needed, and when it gets narrow', async () => {
    expect(await findings({ functions: [...others(19), ours], jobRuns: 80 })).toEqual([
      'warning: 20 of 20 functions',
      'warning: 80 of 100 job runs',
    ]);
  });

  it('have no room for a run when a hundred are kept', async () => {
    expect(await findings({ jobRuns: 100 })).toEqual(['problem: 100 of 100 job runs, and 1 more are needed']);
  });
});
