import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kind, type KindName, kinds } from '../../../infra/serverless-code-engine/api/resources.ts';
import {
  functionRuntimesAnswer,
  projectAnswer,
} from '../../../infra/serverless-code-engine/api/schemas/project.ts';
import { type OpenedCloud, openCloud } from '../../fixtures/ibm-cloud/open-cloud.ts';
import { Contract, exampleAnswers, hasContract } from './contract.ts';
import { fullRequests } from './full-requests.ts';

// Skipped where the briefing, with the contract extracted from IBM's SDK, is not beside the project.
describe.skipIf(!hasContract)('held against the contract of the API', () => {
  let contract: Contract;
  let cloud: OpenedCloud;

  beforeAll(async () => {
    contract = new Contract();
    cloud = await openCloud();
    await callEverything(cloud);
  });
  afterAll(() => cloud.close());

  it('every request that the client makes is one that IBM’s SDK could send', () => {
    const calls = cloud.calls.log.filter(({ path }) => path.startsWith('/v2/'));
    expect(calls.flatMap((call) => contract.requestProblems(call))).toEqual([]);
    const called = new Set(calls.map((call) => contract.operationOf(call)?.[0]));
    // Seven kinds that change, two of runs, projects with their status, runtimes.
    expect(called.size).toBe(7 * 5 + 2 * 4 + 5 + 1);
  });

  it('every status and answer of the double is one of the API', async () => {
    const problems = await Promise.all(
      cloud.calls.log
        .filter(({ path, method }) => path.startsWith('/v2/') && method === 'GET')
        .map(async ({ path, query, status }) => {
          const [, { response }] = contract.operationOf({ method: 'GET', path })!;
          if (status === 404) return [];
          const token = await cloud.connection.tokens.token();
          const answer = await fetch(`${cloud.url}${path}?${query}`, {
            headers: { authorization: `Bearer ${token}` },
          });
          if (answer.status === 404) return [];
          return contract.problems(response, await answer.json());
        }),
    );
    expect(problems.flat()).toEqual([]);
    for (const kind of Object.keys(kinds) as KindName[]) {
      const posts = cloud.calls.log.filter(
        ({ method, path }) => method === 'POST' && path.endsWith(`/${kinds[kind].collection}`),
      );
      expect(new Set(posts.map(({ status }) => status)), kind).toEqual(new Set([kinds[kind].created]));
    }
  });

  it.each([
    ['CreateFunction', kinds.function.answer],
    ['CreateApp', kinds.app.answer],
    ['CreateJobRun', kinds.job_run.answer],
    ['CreateBuildRun', kinds.build_run.answer],
    ['CreateProject', projectAnswer],
    ['ListFunctionRuntimes', functionRuntimesAnswer],
  ] as const)('the example of %s is understood', (operation, schema) => {
    const { body } = exampleAnswers()[operation]!;
    expect(schema.parse(body)).toMatchObject(body);
  });

  it('the requests know every field but those that a deployment never needs', () => {
    const unknown = (Object.keys(kinds) as KindName[]).flatMap((kind) => {
      const sent = new Set(fullRequests(kind).flatMap((body) => Object.keys(body)));
      const [, { body }] = contract.operationOf({
        method: 'POST',
        path: `/v2/projects/p/${kinds[kind].collection}`,
      })!;
      return Object.keys(body as object)
        .filter((field) => !sent.has(field))
        .map((field) => `${kind}.${field}`);
    });
    expect(unknown).toEqual(['secret.service_access', 'secret.service_operator']);
  });

  it.each([
    ['hmac_auth', 'HMACAuth'],
    ['registry', 'Registry'],
    ['tls', 'TLS'],
  ])('the data of a secret of format %s has its fields', (format, model) => {
    const { data } = fullRequests('secret').find((body) => body['format'] === format) as { data: object };
    const fields = contract.secretFields(model);
    expect(Object.keys(data).sort()).toEqual(Object.keys(fields).sort());
    for (const [field, { required }] of Object.entries(fields)) {
      const body = { format, name: 's', data: { ...data, [field]: undefined } };
      expect(kinds.secret.request.safeParse(body).success, field).toBe(!required);
    }
  });

  it('an update may have the fields of the creation but its name', () => {
    for (const kind of Object.keys(kinds) as KindName[]) {
      const row: Kind = kinds[kind];
      if (row.change === undefined) continue;
      for (const { name: _, ...body } of fullRequests(kind)) {
        expect(row.change.schema.parse(body), kind).toEqual(body);
        const path = `/v2/projects/p/${kinds[kind].collection}/a`;
        const [, operation] = contract.operationOf({ method: row.change.method, path })!;
        expect(Object.keys(operation.body as object), kind).toEqual(
          expect.arrayContaining(Object.keys(body)),
        );
      }
    }
  });
});

/** Each operation that the client has, once at least, with every field that it may have. */
async function callEverything({ client, project, codeEngine }: OpenedCloud): Promise<void> {
  codeEngine.manners.quotas = {};
  const order: readonly KindName[] = [
    ...(['secret', 'config_map', 'app', 'function', 'job', 'job_run', 'build', 'build_run'] as const),
    'domain_mapping',
  ];
  for (const kind of order) {
    for (const body of fullRequests(kind)) {
      const name = String(body['name']);
      await project.create(kind, body as never);
      await project.get(kind, name);
      await project.list(kind);
      if (!('change' in kinds[kind])) continue;
      const { name: _, ...change } = body;
      await project.update(kind as 'app', name, '*', change as never);
    }
  }
  await project.list('job_run', { job_name: 'train' });
  await project.list('build_run', { build_name: 'train' });
  await project.list('secret', { format: 'registry' });
  await client.functionRuntimes();
  const { id = '' } = await client.createProject({ name: 'p', resource_group_id: 'r', tags: ['a'] });
  await client.getProject(id);
  await client.projects();
  await client.project(id).statusDetails();
  await client.removeProject(id);
  const spare = client.project(codeEngine.addProject('spare').id);
  for (const kind of order) await spare.remove(kind, 'none');
}
