import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../e2e/run-serverless.ts';
import type { LoggedCall } from '../../fixtures/ibm-cloud/faults.ts';

/** The API v2 as IBM's SDK has it, extracted; it lies beside the project, and tests without it are skipped. */
interface ContractFile {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly models: Readonly<Record<string, Model>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | null;
  readonly ifMatchRequired: boolean;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Fields | string | null;
  readonly response: string;
}

interface Model {
  readonly extends: string | null;
  readonly fields: Fields;
}

type Fields = Readonly<Record<string, { readonly type: string; readonly required: boolean }>>;

const folder = path.join(projectRoot, '../shared/code-engine');
export const hasContract = existsSync(folder);
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

/** Answers that IBM's SDK is tested with, by operation. */
export const exampleAnswers = (): Readonly<
  Record<string, { status: number; body: Record<string, unknown> }>
> => read('mock-responses.json');

export class Contract {
  readonly operations: ContractFile['operations'];
  readonly #file: ContractFile;
  /** The extraction lacks the model of an app: its fields are those of the example. */
  readonly #exampleApp: readonly string[];

  constructor() {
    this.#file = read('ce-contract.json');
    this.operations = this.#file.operations;
    this.#exampleApp = Object.keys(exampleAnswers()['CreateApp']!.body);
  }

  /** The operation of a call; undefined when there is none. */
  operationOf({
    method,
    path: called,
  }: Pick<LoggedCall, 'method' | 'path'>): [string, Operation] | undefined {
    return Object.entries(this.operations).find(([, { method: verb, path: pattern }]) => {
      const matching = new RegExp(`^/v2${pattern.replace(/\{\w+\}/g, '[^/]+')}$`);
      return verb === method && matching.test(called);
    });
  }

  /** What is wrong with a request, nothing when it is one that IBM's SDK could send. */
  requestProblems(call: LoggedCall): string[] {
    const [name, operation] = this.operationOf(call) ?? [];
    if (operation === undefined) return [`${call.method} ${call.path} is no operation`];
    const { contentType, ifMatchRequired, query, body } = operation;
    const problems: string[] = [];
    const known = ['version', ...Object.keys(query)];
    for (const parameter of new URLSearchParams(call.query).keys()) {
      if (!known.includes(parameter)) problems.push(`there is no parameter ${parameter}`);
    }
    const type = call.headers['content-type'];
    if (contentType !== (type ?? null)) problems.push(`content type ${type} for ${contentType}`);
    if (ifMatchRequired !== 'if-match' in call.headers)
      problems.push(`If-Match: ${call.headers['if-match']}`);
    if (typeof body === 'object' && body !== null) {
      problems.push(
        ...this.#fieldProblems(body, JSON.parse(call.body), 'body', contentType?.includes('merge') ?? false),
      );
    } else if (call.body !== '') {
      problems.push('there is no body');
    }
    return problems.map((problem) => `${name}: ${problem}`);
  }

  /** What is wrong with a value of a model or of another type of the contract. */
  problems(type: string, value: unknown, at = type): string[] {
    if (type.endsWith('[]')) {
      if (!Array.isArray(value)) return [`${at} is no list`];
      return value.flatMap((item, i) => this.problems(type.slice(0, -2), item, `${at}[${i}]`));
    }
    const [, owner, name] = /^(\w+?)\.?Constants\.(\w+)/.exec(type) ?? [];
    if (owner !== undefined) {
      const allowed = this.#file.enums[`${owner}.${name}`];
      return allowed?.includes(String(value)) ? [] : [`${at} is ${value}, not of ${allowed}`];
    }
    if (['string', 'number', 'boolean'].includes(type))
      return typeof value === type ? [] : [`${at} is no ${type}`];
    if (typeof value !== 'object' || value === null) return [`${at} is no object`];
    if (type === 'JsonObject') return [];
    if (type === 'App') {
      const unknown = Object.keys(value).filter((key) => !this.#exampleApp.includes(key));
      return unknown.map((key) => `${at}.${key} is unknown`);
    }
    if (type === 'SecretData') return this.#secretProblems(value, at);
    const model = this.#file.models[type];
    return model === undefined
      ? [`${at}: there is no model ${type}`]
      : this.#fieldProblems(model.fields, value, at);
  }

  #fieldProblems(fields: Fields, value: object, at: string, partial = false): string[] {
    const given = value as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(given).filter((key) => !(key in fields));
    const missing = Object.entries(fields).filter(
      ([key, { required }]) => required && !partial && !(key in given),
    );
    return [
      ...unknown.map((key) => `${at}.${key} is unknown`),
      ...missing.map(([key]) => `${at}.${key} is missing`),
      ...Object.entries(fields).flatMap(([key, { type }]) =>
        key in given ? this.problems(type, given[key], `${at}.${key}`) : [],
      ),
    ];
  }

  /** Any text under any key is generic; a format with fields of its own has all that it requires. */
  #secretProblems(value: object, at: string): string[] {
    const texts = Object.values(value).every((each) => typeof each === 'string');
    return texts ? [] : [`${at} has more than text`];
  }

  /** Fields of the data of a format, e.g. `HMACAuth`. */
  secretFields(format: string): Fields {
    return this.#file.models[`SecretData${format}SecretData`]!.fields;
  }
}
