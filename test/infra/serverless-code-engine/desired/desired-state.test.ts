import { describe, expect, it } from 'vitest';
import {
  containerCombinations,
  functionCombinations,
} from '../../../../infra/serverless-code-engine/api/schemas/sizes.ts';
import {
  type DesiredState,
  desiredState,
} from '../../../../infra/serverless-code-engine/desired/desired-state.ts';
import { machineSize } from '../../../../infra/serverless-code-engine/desired/machine-size.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';

const owner = { service: 'earshot', stage: 'test' };

function desired(change: (service: ReturnType<typeof aService>) => void = () => {}): DesiredState {
  const service = structuredClone(aService());
  change(service);
  const images = {
    functions: { infer: 'de.icr.io/a/infer:1' },
    eventsApp: 'de.icr.io/a/e:1',
    jobs: { train: 'x/y:1' },
  };
  return desiredState(service, owner, 'de.icr.io/a', images);
}

const variable = (all: readonly object[] | undefined, name: string) =>
  all?.find((one) => (one as { name?: string }).name === name);

describe('the desired state', () => {
  it('gives infer keys that read, and the rest keys that write, none of them in plain', () => {
    const { functions, apps, jobs } = desired();
    const key = (secret: string) => ({
      type: 'secret_key_reference',
      name: 'COS_SECRET_ACCESS_KEY',
      key: 'secret_access_key',
      reference: secret,
    });
    expect(variable(functions[0]?.run_env_variables, 'COS_SECRET_ACCESS_KEY')).toEqual(
      key('earshot-test-cos-read'),
    );
    for (const { run_env_variables } of [apps[0]!, jobs[0]!]) {
      expect(variable(run_env_variables, 'COS_SECRET_ACCESS_KEY')).toEqual(key('earshot-test-cos-write'));
    }
    expect(variable(jobs[0]?.run_env_variables, 'IBMCLOUD_API_KEY')).toBeUndefined();
  });

  it('marks everything with service and stage, and reaches the bucket from within', () => {
    const { functions, apps, jobs } = desired();
    for (const { run_env_variables } of [...functions, ...apps, ...jobs]) {
      expect(variable(run_env_variables, 'EARSHOT_SERVICE')).toMatchObject({ value: 'earshot' });
      expect(variable(run_env_variables, 'EARSHOT_STAGE')).toMatchObject({ value: 'test' });
      expect(variable(run_env_variables, 'COS_ENDPOINT')).toMatchObject({
        value: 'https://s3.direct.eu-de.cloud-object-storage.appdomain.cloud',
      });
    }
  });

  it('names the job as it is called in the project', () => {
    const { apps, jobs } = desired();
    expect(variable(apps[0]?.run_env_variables, 'EARSHOT_JOB')).toMatchObject({ value: jobs[0]!.name });
  });

  it('puts all event functions into one app that gets the most of what they ask for and scales to zero', () => {
    const { apps } = desired(({ functions }) => {
      functions['sweep']!.memory = '8G';
      functions['validate']!.instances = 30;
    });
    expect(apps).toHaveLength(1);
    expect(apps[0]).toMatchObject({
      scale_cpu_limit: '1',
      scale_memory_limit: '8G',
      scale_concurrency: 16,
      scale_min_instances: 0,
      scale_max_instances: 30,
      scale_request_timeout: 600,
    });
  });

  it('wants no key from callers only where that is said', () => {
    const open = desired(({ functions }) => {
      functions['infer']!.public = true;
    });
    const keyOf = ({ functions: [infer] }: DesiredState) =>
      variable(infer?.run_env_variables, 'EARSHOT_API_KEY_DEFAULT');
    expect(keyOf(open)).toBeUndefined();
    expect(variable(open.functions[0]?.run_env_variables, 'EARSHOT_PUBLIC')).toMatchObject({ value: 'true' });
    expect(open.secrets.map(({ name }) => name)).not.toContain('earshot-test-api-key');
    expect(keyOf(desired())).toMatchObject({ reference: 'earshot-test-api-key', key: 'keys' });
    expect(variable(desired().functions[0]?.run_env_variables, 'EARSHOT_PUBLIC')).toBeUndefined();
  });

  it('has a secret and a variable for each key that is named', () => {
    const { secrets, functions } = desired((service) => {
      service.functions['infer']!.keys = ['web-page', 'ci', 'ci'];
    });
    expect(
      secrets.flatMap((one) => ('shownAs' in one && one.shownAs ? [[one.shownAs, one.name]] : [])),
    ).toEqual([
      ['web-page', 'earshot-test-api-key-web-page'],
      ['ci', 'earshot-test-api-key-ci'],
    ]);
    expect(variable(functions[0]?.run_env_variables, 'EARSHOT_API_KEY_WEB_PAGE')).toMatchObject({
      type: 'secret_key_reference',
      reference: 'earshot-test-api-key-web-page',
    });
    expect(variable(functions[0]?.run_env_variables, 'EARSHOT_API_KEY_DEFAULT')).toBeUndefined();
  });

  it.each([
    [
      'a secret in plain',
      'functions.infer.environment.COS_API_KEY',
      { infer: { environment: { COS_API_KEY: 'x' } } },
    ],
    [
      'a marking',
      'functions.infer.environment.EARSHOT_STAGE',
      { infer: { environment: { EARSHOT_STAGE: 'x' } } },
    ],
    ['a function that works too long', 'functions.infer.timeout', { infer: { timeout: 121 } }],
    ['a property of HTTP functions elsewhere', 'functions.sweep.public', { sweep: { public: true } }],
    [
      'events of both kinds',
      'functions.infer.events',
      { infer: { events: [{ http: { path: '/' } }, { cron: '* * * * *' }] } },
    ],
    ['a function that nothing calls', 'functions.sweep.events', { sweep: { events: [] } }],
    ['a size that there is not', 'functions.infer.memory', { infer: { cpu: 1, memory: '3G' } }],
    [
      'two values of one variable in the app',
      'functions.sweep.environment.A',
      { validate: { environment: { A: '1' } }, sweep: { environment: { A: '2' } } },
    ],
  ])('refuses %s', (_, at, changes) => {
    const act = () =>
      desired(({ functions }) => {
        for (const [name, change] of Object.entries(changes)) Object.assign(functions[name]!, change);
      });
    expect(act).toThrow(
      expect.objectContaining({ code: 'SERVICE_INVALID', message: expect.stringContaining(`at ${at}`) }),
    );
  });

  it('refuses a domain that leads to two functions', () => {
    const customDomain = { name: 'hear.example.com', tlsSecret: 'certificate' };
    const act = () =>
      desired(({ functions }) => {
        functions['infer']!.customDomain = customDomain;
        functions['other'] = { ...functions['infer']!, customDomain };
      });
    expect(act).toThrow(/at functions\.other\.customDomain\.name.*another domain than that of infer/);
  });

  it('refuses names that are too long for Code Engine', () => {
    const long = { service: 'a'.repeat(50), stage: 'production' };
    const images = { functions: { infer: 'x/y:1' }, eventsApp: 'x/y:1', jobs: { train: 'x/y:1' } };
    expect(() => desiredState(aService(), long, 'de.icr.io/a', images)).toThrow(/at most 63/);
  });
});

describe('the size of a machine', () => {
  it.each([
    [{}, '1', '4G'],
    [{ memory: '4G' }, '1', '4G'],
    [{ memory: '16G' }, '2', '16G'],
    [{ cpu: 4 }, '4', '8G'],
    [{ memory: '512M' }, '0.25', '500M'],
    [{ cpu: 0.125, memory: '250M' }, '0.125', '250M'],
  ])('of %o is that of the combinations which is nearest to the usual', (asked, cpu, memory) => {
    expect(machineSize(asked, containerCombinations, 'jobs.train')).toEqual({
      scale_cpu_limit: cpu,
      scale_memory_limit: memory,
    });
  });

  it('of a function is one of three', () => {
    expect(() => machineSize({ cpu: 2 }, functionCombinations, 'functions.infer')).toThrow(
      /0.25 with 1G; 0.5 with 2G; 1 with 4G, received cpu 2/,
    );
  });
});
