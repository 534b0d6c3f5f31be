import { describe, expect, it } from 'vitest';
import { bytesOfMemory, matchesSubscription, serviceOf } from '../../../infra/service/service.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

const provider = { name: 'code-engine', runtime: 'nodejs-22', bucket: 'earshot-dev' };
const handler = 'functions/infer/handler.main';

const withFunction = (properties: object) => ({
  service: 'earshot',
  provider,
  functions: { infer: { handler, ...properties } },
});

function problemOf(configuration: unknown): string {
  try {
    serviceOf(configuration);
    return 'none';
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'SERVICE_INVALID') throw error;
    expect(error.details.file).toBe('serverless.yml');
    expect(error.details.expected).toBeTruthy();
    return `${error.details.path} received ${error.details.received}`;
  }
}

describe('the service', () => {
  it('takes what the framework adds, and sets the defaults', () => {
    const configuration = {
      ...withFunction({ name: 'earshot-dev-infer', events: [{ cos: {} }] }),
      custom: 1,
    };
    const service = serviceOf(configuration);
    expect(service.jobs).toEqual({});
    expect(service.functions['infer']?.events).toEqual([{ cos: { operation: 'all' } }]);
    expect(serviceOf(withFunction({})).functions['infer']?.events).toEqual([]);
  });

  it.each([
    [{ ...withFunction({}), provider: { ...provider, name: 'aws' } }, 'provider.name received "aws"'],
    [{ ...withFunction({}), provider: { ...provider, bucket: 'A_B' } }, 'provider.bucket received "A_B"'],
    [withFunction({ handler: 'nowhere' }), 'functions.infer.handler received "nowhere"'],
    [withFunction({ memory: '4GB' }), 'functions.infer.memory received "4GB"'],
    [withFunction({ cpu: 3 }), 'functions.infer.cpu received 3'],
    [withFunction({ timeout: 601 }), 'functions.infer.timeout received 601'],
    [withFunction({ concurrency: 0 }), 'functions.infer.concurrency received 0'],
    [withFunction({ instances: 1.5 }), 'functions.infer.instances received 1.5'],
    [withFunction({ environment: { A: 1 } }), 'functions.infer.environment.A received 1'],
    [
      { ...withFunction({}), jobs: { train: { handler, timeout: 86_401 } } },
      'jobs.train.timeout received 86401',
    ],
    [{ ...withFunction({}), jobs: { train: { handler, image: 'x' } } }, 'jobs.train.image received "x"'],
  ])('that is wrong is refused by the property and its value: %j', (configuration, problem) => {
    expect(problemOf(configuration)).toBe(problem);
  });
});

it.each([
  ['512M', 536_870_912],
  ['4G', 4_294_967_296],
  ['0.5G', 536_870_912],
])('%s of memory are %d bytes', (memory, bytes) => {
  expect(bytesOfMemory(memory)).toBe(bytes);
});

it.each([
  [{}, 'a/b', 'write', true],
  [{ prefix: 'a/' }, 'a/b', 'write', true],
  [{ prefix: 'a/' }, 'b/a/', 'write', false],
  [{ prefix: 'a', suffix: '.json' }, 'a.json', 'write', true],
  [{ prefix: 'a', suffix: '.json' }, 'a.json.gz', 'write', false],
  [{ prefix: '*' }, 'a', 'write', false],
  [{ operation: 'write' }, 'a', 'delete', false],
  [{ operation: 'delete' }, 'a', 'delete', true],
  [{ operation: 'delete' }, 'a', 'write', false],
] as const)('subscription %j and %s by %s: %s', (event, key, operation, matches) => {
  expect(matchesSubscription({ operation: 'all', ...event }, key, operation)).toBe(matches);
});
