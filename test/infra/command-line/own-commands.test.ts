import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { commonOptions, frameworkCommands } from '../../../infra/command-line/own-commands.ts';

interface Schema {
  readonly options: Readonly<Record<string, { readonly shortcut?: string; readonly type: string }>>;
}

const framework = createRequire(import.meta.url)('serverless/lib/cli/commands-schema/service') as Map<
  string,
  Schema
> & { readonly commonOptions: Schema['options'] };

it("the framework's commands are those that it has", () => {
  expect([...framework.keys()].filter(Boolean).sort()).toEqual([...frameworkCommands].sort());
});

it("the options of every command are the framework's", () => {
  const shape = (options: Schema['options']) =>
    Object.fromEntries(
      Object.entries(options).map(([name, { type, shortcut }]) => [name, { type, shortcut }]),
    );
  expect(shape(commonOptions)).toEqual(shape(framework.commonOptions));
});
