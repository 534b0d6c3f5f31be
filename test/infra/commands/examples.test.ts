import { describe, expect, it } from 'vitest';
import { commands } from '../../../infra/commands/commands.ts';
import { examplesFor } from '../../../infra/commands/examples.ts';

const names = Object.entries(commands).flatMap(([name, { commands: inner }]) =>
  inner === undefined ? [name] : Object.keys(inner).map((word) => `${name} ${word}`),
);

describe('the help of a command', () => {
  it.each([...names, 'deploy', 'deploy function', 'info', 'remove'])(
    '%s: ends with examples of it',
    (name) => {
      const [title, ...lines] = examplesFor([...name.split(' '), '--stage', 'prod', '--help']);
      expect(title).toBe('Examples');
      const examples = lines.slice(0, -1);
      expect(examples.length).toBeGreaterThan(0);
      for (const line of examples) expect(line).toMatch(new RegExp(`^npx serverless ${name} `));
      expect(examplesFor(['help', ...name.split(' ')])).toEqual([title, ...lines]);
    },
  );

  it('has none where no help is asked for, or the command is not of Earshot', () => {
    expect(examplesFor(['upload', 'clips', 'sounds'])).toEqual([]);
    expect(examplesFor(['--help'])).toEqual([]);
    expect(examplesFor(['print', '--help'])).toEqual([]);
  });
});
