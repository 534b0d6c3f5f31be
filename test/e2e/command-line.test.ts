import { describe, expect, it } from 'vitest';
import { runServerless } from './run-serverless.ts';

const control = '\u001b';

/** test/infra/command-line has every command; each costs a start of the framework here. */
describe('the command line as a user types it', () => {
  it('--help: examples first, on standard output, without a word of the framework or colour', async () => {
    const { code, stdout, stderr } = await runServerless(['upload', '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Drop data.*\n\nExamples\n {2}npx serverless upload my-clips my-sounds\/all /);
    expect(stdout).not.toContain(control);
  });

  it('a typo with --json: JSON alone on standard output, the suggestion and exit code 2', async () => {
    const { code, stdout, stderr } = await runServerless(['upload', 'clips', '--dryrun', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'USAGE' } });
    expect(stderr).toContain('"--dryrun" - did you mean "--dry-run"?');
    expect(stdout + stderr).not.toContain(control);
  });

  it('words behind options are taken, and the command runs as the framework runs it', async () => {
    const folder = '/no/such/folder';
    const ended = await runServerless(['upload', '--dry-run', folder, 'my-sounds', '--persist-to', folder]);
    expect([ended.code, ended.stdout]).toEqual([3, '']);
    expect(ended.stderr).toMatch(/^error PLATFORM_NOT_RUNNING/);
  });
});
