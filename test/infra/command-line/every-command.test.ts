import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OwnCommand, ownCommands } from '../../../infra/command-line/own-commands.ts';
import { runNamedCommand } from '../../../infra/commands/run-named-command.ts';
import { localCommands } from '../../../infra/local/commands.ts';
import { runLocalCommand } from '../../../infra/local/local-command.ts';
import { runCloudCommand } from '../../../infra/serverless-code-engine/cloud-commands.ts';
import { cloudCommands } from '../../../infra/serverless-code-engine/commands.ts';
import { catalogue } from '../../../shared/errors/catalogue.ts';
import { aService } from '../../fixtures/deployment/deploy-in-memory.ts';

let root: string;
const toStdout: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'earshot-no-platform-'));
  for (const name of Object.keys(process.env)) {
    if (/^(COS|IBMCLOUD|AWS)_/.test(name)) vi.stubEnv(name, '');
  }
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => toStdout.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

/** Runs a command where there is neither platform nor cloud; every one fails there, whatever it is asked for. */
function runNowhere({ name, words, options: known }: OwnCommand, writeText: (text: string) => void) {
  const named = words.map((word) => [word, known[word]?.type === 'multiple' ? ['no-such'] : 'no-such']);
  const options = { ...Object.fromEntries(named), json: true };
  const configuration = aService();
  const first = name.split(' ')[0]!;
  if (first in localCommands)
    return runLocalCommand({ ...options, port: 'no-such' }, configuration, root, writeText);
  if (first in cloudCommands) return runCloudCommand(name, options, root, configuration, writeText);
  return runNamedCommand(name, { options, configuration, root, writeText });
}

describe.each([...ownCommands.values()])('$name --json', (command) => {
  it('prints one line of JSON and nothing else, and ends with the exit code of the error', async () => {
    const written: string[] = [];
    const exit = await runNowhere(command, (text) => written.push(text));
    expect(toStdout).toEqual([]);
    expect(written).toHaveLength(1);
    expect(written[0]).not.toContain('\n');
    const { error } = JSON.parse(written[0]!) as { error: { code: keyof typeof catalogue } };
    expect(error).toEqual({
      code: expect.any(String),
      message: expect.any(String),
      remedy: catalogue[error.code].remedy,
    });
    expect(exit).toBe(catalogue[error.code].exit);
  });
});
