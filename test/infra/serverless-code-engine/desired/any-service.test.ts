import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { type ChangeableKind, kinds } from '../../../../infra/serverless-code-engine/api/resources.ts';
import {
  type DesiredState,
  desiredState,
} from '../../../../infra/serverless-code-engine/desired/desired-state.ts';
import { emptyState } from '../../../../infra/serverless-code-engine/plan/actual-state.ts';
import { type Plan, planOf } from '../../../../infra/serverless-code-engine/plan/plan.ts';
import { planLines } from '../../../../infra/serverless-code-engine/plan/plan-lines.ts';
import { digestOfSecret, secretBody } from '../../../../infra/serverless-code-engine/plan/plan-secrets.ts';
import type { Service } from '../../../../infra/service/service.ts';
import { projectRoot } from '../../../e2e/run-serverless.ts';
import { anyService } from '../../../fixtures/deployment/any-service.ts';

const owner = { service: 'earshot', stage: 'test' };
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const sources = { env: { IBMCLOUD_API_KEY: 'PLANTED-key' }, serviceKeys: [], renewed: [], time: '' };
/** After a deployment. */
const sourcesAfter = ({ secrets }: DesiredState) => ({
  ...sources,
  serviceKeys: secrets.filter(({ source }) => source === 'service-key').map(({ name }) => name),
});

function desiredOf(service: Service): DesiredState {
  const image = (name: string) => `de.icr.io/team/earshot-${name}:1@${digest}`;
  const named = (names: readonly string[], of: (name: string) => string) =>
    Object.fromEntries(names.map((name) => [name, of(name)]));
  return desiredState(service, owner, 'de.icr.io/team', {
    functions: named(Object.keys(service.functions), image),
    eventsApp: image('events'),
    jobs: named(Object.keys(service.jobs), (name) => service.jobs[name]!.image ?? image(name)),
  });
}

/** The state after a deployment, as the API tells it. */
function actualOf({ jobs, functions, apps, domainMappings, secrets }: DesiredState) {
  const told = (all: readonly object[]) =>
    all.map((one) => ({ ...structuredClone(one), entity_tag: '1', computed_env_variables: [] }));
  return {
    ...{ jobs: told(jobs), functions: told(functions), apps: told(apps) },
    domainMappings: told(domainMappings),
    secrets: told(secrets.map(({ name, format }) => ({ name, format }))),
    record: {
      ...{ entityTag: '1', holder: null },
      record: {
        ...{ version: 1, salt: '', subscriptions: '', deployedAt: '' },
        secrets: Object.fromEntries(secrets.map((secret) => [secret.name, digestIn(secret)])),
        domainMappings: domainMappings.map(({ name }) => name),
      },
    },
  } as never;
}

/** As the record has it after a deployment. */
const digestIn = (secret: DesiredState['secrets'][number]) =>
  secret.source === 'given' ? digestOfSecret('', secretBody(secret, sources.env.IBMCLOUD_API_KEY)) : 'made';

interface Emitted {
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every body that a plan leads to. */
function bodiesOf(plan: Plan): Emitted[] {
  return plan.flatMap(({ kind, doing }): Emitted[] => {
    if (doing.action === 'none' || doing.action === 'delete') return [];
    const name = kind.replace(/(^|_)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
    if ('wanted' in doing) {
      const isPair = doing.wanted.format === 'hmac_auth';
      const value = isPair ? { accessKeyId: 'a', secretAccessKey: 'b' } : (doing.given ?? 'x');
      const body = secretBody(doing.wanted, value);
      expect(kinds.secret.request.safeParse(body).error?.issues ?? []).toEqual([]);
      return [{ operation: 'createSecret', body }];
    }
    const request = 'body' in doing ? doing.body : doing.change;
    const known = kinds[kind as ChangeableKind];
    const schema: z.ZodType = 'body' in doing ? known.request : known.change.schema;
    expect(schema.safeParse(request).error?.issues ?? []).toEqual([]);
    return [
      { operation: `${'body' in doing ? 'create' : 'update'}${name}`, body: request as Emitted['body'] },
    ];
  });
}

describe('any service that serverless.yml can say', () => {
  it('leads to bodies that the schemas take, and no difference once they are there', () => {
    return fc.assert(
      fc.property(anyService, (service) => {
        const desired = desiredOf(service);
        const plan = planOf(desired, emptyState, sources);
        bodiesOf(plan);
        expect(planLines(plan).join('\n')).not.toContain('PLANTED');
        const steps = planOf(desired, actualOf(desired), sourcesAfter(desired));
        expect(steps.filter(({ doing }) => doing.action !== 'none')).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  const contractFile = path.join(projectRoot, '../shared/code-engine/ce-contract.json');
  it.skipIf(!existsSync(contractFile))('leads to requests that the contract of the API knows', () => {
    const contract = JSON.parse(readFileSync(contractFile, 'utf8')) as Contract;
    return fc.assert(
      fc.property(anyService, anyService, (first, then) => {
        const [before, after] = [desiredOf(first), desiredOf({ ...then, functions: first.functions })];
        const plans = [
          planOf(before, emptyState, sources),
          planOf(after, actualOf(before), sourcesAfter(before)),
        ];
        for (const { operation, body } of plans.flatMap(bodiesOf)) {
          expect(faultsIn(contract, operation, body), operation).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

interface Field {
  readonly type: string;
  readonly required: boolean;
}
interface Contract {
  readonly operations: Readonly<Record<string, { readonly body: Readonly<Record<string, Field>> }>>;
  readonly models: Readonly<Record<string, { readonly fields: Readonly<Record<string, Field>> }>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

const primitives = ['string', 'number', 'boolean'];

/** Unknown fields, missing ones, and values of another type; down into the models that are named. */
function faultsIn(contract: Contract, operation: string, body: object): string[] {
  const check = (fields: Readonly<Record<string, Field>>, value: object, at: string): string[] => [
    ...Object.entries(fields).flatMap(([name, { required }]) =>
      required && !(name in value) ? [`${at}${name} is missing`] : [],
    ),
    ...Object.entries(value).flatMap(([name, inner]) =>
      fields[name] === undefined
        ? [`${at}${name} is unknown`]
        : checkType(fields[name].type, inner, `${at}${name}`),
    ),
  ];
  const checkType = (type: string, value: unknown, at: string): string[] => {
    const constants = /^(?:\w+Constants|(\w+)\.Constants)\.(\w+) \| string$/.exec(type);
    if (constants !== null) {
      const model = constants[1] ?? operation.replace(/^(create|update|replace)/, '');
      const known = contract.enums[`${model}.${constants[2]}`];
      return known === undefined || known.includes(String(value)) ? [] : [`${at} is ${value}, of ${known}`];
    }
    if (type.endsWith('[]')) {
      return (value as unknown[]).flatMap((one, i) => checkType(type.slice(0, -2), one, `${at}[${i}]`));
    }
    if (primitives.includes(type)) return typeof value === type ? [] : [`${at} is no ${type}`];
    const model = contract.models[type];
    return model === undefined || Object.keys(model.fields).length === 0
      ? []
      : check(model.fields, value as object, `${at}.`);
  };
  const known = contract.operations[operation];
  if (known === undefined) return [`there is no ${operation}`];
  return check(known.body, body, '');
}
