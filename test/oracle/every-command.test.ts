import { describe, expect, it } from 'vitest';
import { helpLines } from '../../infra/command-line/help-text.ts';
import { ownCommands } from '../../infra/command-line/own-commands.ts';
import { runServerless } from '../e2e/run-serverless.ts';

const control = '\u001b';

/** What test/infra/command-line checks in one process, by the framework itself: two starts a command. */
describe.each([...ownCommands.values()])('serverless $name', ({ name, options, words, usage }) => {
  it('tells its help, and refuses a misspelt option in JSON', async () => {
    const help = await runServerless([...name.split(' '), '--help']);
    expect(help).toEqual({
      code: 0,
      stdout: `${helpLines([{ name, options, words, usage }]).join('\n')}\n`,
      stderr: '',
    });
    const refused = await runServerless([...name.split(' '), '--jsno', '--json']);
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'USAGE' } });
    expect(refused.stderr).toContain('did you mean "--json"?');
    expect(refused.stdout + refused.stderr + help.stdout).not.toContain(control);
  });
});
