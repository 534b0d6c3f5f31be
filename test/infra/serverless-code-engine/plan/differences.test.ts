import { describe, expect, it } from 'vitest';
import { compare } from '../../../../infra/serverless-code-engine/plan/differences.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const literal = (name: string, value: string) => ({ type: 'literal', name, value });

describe('what the API writes otherwise is no difference', () => {
  it.each([
    ['an amount in another unit', { scale_memory_limit: '500M' }, { scale_memory_limit: '0.5G' }],
    ['a number of CPUs', { scale_cpu_limit: '1' }, { scale_cpu_limit: '1.0' }],
    [
      'the scheme of a code bundle',
      { code_reference: 'de.icr.io/a/b:1' },
      { code_reference: 'cr://de.icr.io/a/b:1' },
    ],
    [
      'the tag of an image that is named by its digest',
      { image_reference: `de.icr.io/a/b:1@${digest}` },
      { image_reference: `de.icr.io/a/b:2@${digest}` },
    ],
    [
      'the order of variables',
      { run_env_variables: [literal('A', '1'), literal('B', '2')] },
      { run_env_variables: [literal('B', '2'), literal('A', '1')] },
    ],
    [
      'what was left to the API',
      { probe_readiness: { type: 'http', path: '/healthz' } },
      { probe_readiness: { type: 'http', path: '/healthz', interval: 10 }, scale_max_instances: 10 },
    ],
  ])('%s', (_, desired, actual) => {
    expect(compare(desired, actual)).toEqual({ differences: [], change: {} });
  });
});

describe('a difference', () => {
  it('is told property by property, and sent whole', () => {
    const desired = { scale_memory_limit: '4G', scale_concurrency: 8 };
    expect(compare(desired, { scale_memory_limit: '2G', scale_concurrency: 8 })).toEqual({
      differences: [{ property: 'scale_memory_limit', from: '"2G"', to: '"4G"' }],
      change: { scale_memory_limit: '4G' },
    });
  });

  it('of variables names those that come, go and change', () => {
    const key = { type: 'secret_key_reference', name: 'K', reference: 'secret', key: 'k' };
    const run_env_variables = [literal('A', '1'), literal('B', '2'), key];
    const { differences, change } = compare(
      { run_env_variables },
      { run_env_variables: [literal('A', '0'), literal('C', '3'), literal('K', 'in plain')] },
    );
    expect(differences).toEqual([
      { property: 'env A', from: '"0"', to: '"1"' },
      { property: 'env B', from: 'nothing', to: '"2"' },
      { property: 'env C', from: '"3"', to: 'nothing' },
      { property: 'env K', from: '"in plain"', to: 'k of secret' },
    ]);
    expect(change).toEqual({ run_env_variables });
  });

  it.each(['API_KEY', 'MY_SECRET', 'github_token', 'PASSWORD'])(
    'of a variable named %s does not show it',
    (name) => {
      const { differences } = compare(
        { run_env_variables: [literal(name, 'PLANTED-new')] },
        { run_env_variables: [literal(name, 'PLANTED-old')] },
      );
      expect(differences).toEqual([{ property: `env ${name}`, from: '(not shown)', to: '(not shown)' }]);
    },
  );

  it.each([
    ['more than is wanted', ['node', 'a.js', 'b'], ['node', 'a.js']],
    ['something where nothing is wanted', ['node'], []],
    ['nothing', [], ['node']],
  ])('of a list is one that has %s', (_, actual, wanted) => {
    expect(compare({ run_commands: wanted }, { run_commands: actual }).change).toEqual({
      run_commands: wanted,
    });
    expect(compare({ run_commands: actual }, { run_commands: actual }).change).toEqual({});
  });

  it('of an image is its digest', () => {
    const other = `sha256:${'b'.repeat(64)}`;
    const wanted = { image_reference: `de.icr.io/a/b:1@${digest}` };
    expect(compare(wanted, { image_reference: `de.icr.io/a/b:1@${other}` }).change).toEqual(wanted);
  });
});
