import { describe, expect, it } from 'vitest';
import { refuseMisspellings } from '../../../infra/service/misspellings.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

function refusalOf(configuration: unknown): { path: string; received: string } | null {
  try {
    refuseMisspellings(configuration);
    return null;
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'SERVICE_INVALID') throw error;
    return { path: error.details.path ?? '', received: error.details.received ?? '' };
  }
}

const inEvent = (event: object) => ({ functions: { infer: { events: [event] } } });

describe('a misspelt property', () => {
  it.each([
    ['at the top', { job: {} }, 'job', 'jobs'],
    ['at the top', { fucntions: {} }, 'fucntions', 'functions'],
    ['of the provider', { provider: { regoin: 'eu-de' } }, 'provider.regoin', 'region'],
    ['of a function', { functions: { infer: { memry: '4G' } } }, 'functions.infer.memry', 'memory'],
    ['of a job', { jobs: { train: { timout: 1 } } }, 'jobs.train.timout', 'timeout'],
    ['that is an event', inEvent({ corn: '* * * * *' }), 'functions.infer.events[0].corn', 'cron'],
    ['that is an event', inEvent({ htp: {} }), 'functions.infer.events[0].htp', 'http'],
    ['of an object event', inEvent({ cos: { sufix: '' } }), 'functions.infer.events[0].cos.sufix', 'suffix'],
    ['of an http event', inEvent({ http: { pth: '/' } }), 'functions.infer.events[0].http.pth', 'path'],
  ])('%s is named with what was probably meant', (_, configuration, path, meant) => {
    const word = /\w+$/.exec(path)?.[0];
    expect(refusalOf(configuration)).toEqual({ path, received: `"${word}" - did you mean "${meant}"?` });
  });

  it('that resembles nothing is named without a guess', () => {
    expect(refusalOf({ provider: { zzzzzzzz: 1 } })).toEqual({
      path: 'provider.zzzzzzzz',
      received: '"zzzzzzzz"',
    });
  });

  it('is found only among own properties: names of the language are no known ones', () => {
    expect(refusalOf({ functions: { infer: { constructor: 1 } } })?.path).toBe('functions.infer.constructor');
  });
});

it('a misspelt provider name is refused, because the framework would take it for another provider', () => {
  expect(refusalOf({ provider: { name: 'code-engin' } })).toEqual({
    path: 'provider.name',
    received: '"code-engin" - did you mean "code-engine"?',
  });
});

it.each([
  ['nothing', undefined],
  ['nothing below its properties', { provider: null, functions: null, jobs: null }],
  ['lists and texts where objects belong', { provider: [], functions: 'x', jobs: { train: 3 } }],
  ['variables yet to be resolved', { provider: { name: `\${opt:p}` }, functions: `\${file(f.yml)}` }],
  [
    'all that is known',
    {
      service: 's',
      configValidationMode: 'error',
      provider: {
        name: 'code-engine',
        stage: 'dev',
        region: 'eu-de',
        bucket: 'b',
        environment: { ANY: 'x' },
      },
      functions: {
        f: {
          handler: 'f.main',
          environment: { ANY: 'x' },
          events: [{ cos: { prefix: 'p' } }, { cron: '*' }],
        },
      },
      jobs: { j: { handler: 'j.main', cpu: 1 } },
    },
  ],
])('a configuration with %s holds no misspelling', (_, configuration) => {
  expect(refusalOf(configuration)).toBeNull();
});
