import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../../infra/command-line/read-command-line.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { markdownFiles, shellLines } from './markdown.ts';

const { scripts } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Words as a shell gives them; what is piped or redirected elsewhere does not belong to the command. */
const shellWords = (line: string) =>
  [...line.split(/ [|>] |\s*&&\s*/)[0]!.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );

const versionCommands = 'test/infra/commands/versions/version-commands.test.ts';
const inCloud = 'test/infra/commands/cloud/bucket-in-cloud.test.ts';

const lines = markdownFiles().flatMap(({ file, text }) =>
  shellLines(text).map((line) => [file, line] as const),
);
const afterIn = (line: string, start: string) => line.slice(line.indexOf(start) + start.length);

describe('a command in the documentation', () => {
  it.each(lines.filter(([, line]) => line.includes('npx serverless ')))('%s: %s is understood', (_, line) => {
    const words = shellWords(afterIn(line, 'npx serverless '));
    expect(readCommandLine(words.filter((word) => word !== '…')).kind).toBeTruthy();
  });

  it.each(
    lines.flatMap(([file, line]) =>
      [...line.matchAll(/npm (?:run ([\w:-]+)|(test|start)\b)/g)].map(
        ([, run, own]) => [file, run ?? own!] as const,
      ),
    ),
  )('%s: npm run %s is there', (_, script) => expect(Object.keys(scripts)).toContain(script));
});

/** Commands of the README by what they begin with, and where each is run: a file, and what of it stands there. */
const runs: readonly (readonly [start: string, file: string, there: string])[] = [
  ['npm ci && npm run demo', 'test/e2e/demo.test.ts', "'local', '--once'"],
  ['npm ci && npm test', '.ci/run', 'npm ci && npm test'],
  ['npx serverless --help', 'test/infra/command-line/help-text.test.ts', 'helpLines([])'],
  ['npx serverless upload --help', 'test/e2e/command-line.test.ts', "'upload', '--help'"],
  ['npm start', 'test/oracle/readme.test.ts', "'local', '--port'"],
  ...[
    'npx serverless upload',
    'npx serverless data report',
    'npx serverless train',
    'npx serverless search',
    'npx serverless dead-letters',
    'npx serverless replay',
    'npx serverless local --once',
    'aws --endpoint-url http://127.0.0.1:4801 s3 sync',
    'aws --endpoint-url http://127.0.0.1:4801 s3 cp',
    "curl -s -H 'content-type: application/json'",
    "curl -s -H 'content-type: application/octet",
    "curl -s 'http://127.0.0.1:4800/search",
  ].map((start) => [start, 'test/oracle/readme.test.ts', start] as const),
  ["echo '", 'test/oracle/readme.test.ts', `run("echo '")`],
  ['npx serverless models', versionCommands, 'runModels('],
  ['npx serverless promote', versionCommands, 'runPromote('],
  ['npx serverless rollback', versionCommands, 'runRollback('],
  ['npx serverless candidate', versionCommands, 'runCandidate('],
  ['npx serverless doctor cloud', 'test/e2e/cloud-commands.test.ts', "'doctor', 'cloud'"],
  [
    'npx serverless deploy',
    'test/infra/serverless-code-engine/deploy/deploy-command.test.ts',
    "'deploy', '--create'",
  ],
  ['npx serverless upload my-clips my-sounds/all --stage', inCloud, 'runUpload(inCloud('],
  ['npx serverless train my-sounds --stage', inCloud, 'runTrain(inCloud('],
  ['npx serverless invoke', 'test/e2e/cloud-commands.test.ts', "'invoke', '-f', 'infer'"],
  ['npm run setup:native', 'test/extended.sh', 'npm run setup:native'],
];

describe('a command of the README', () => {
  const readme = shellLines(readFileSync(path.join(projectRoot, 'README.md'), 'utf8'));

  it.each(readme)('%s is run by CI', (line) => {
    // The longest beginning: with and without --cloud.
    const [found] = runs.filter(([start]) => line.startsWith(start)).sort(([a], [b]) => b.length - a.length);
    expect(found, 'add where it is run').toBeDefined();
    const [, file, there] = found!;
    expect(readFileSync(path.join(projectRoot, file), 'utf8')).toContain(there);
  });
});
