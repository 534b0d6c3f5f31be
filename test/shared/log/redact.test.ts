import { describe, expect, it, vi } from 'vitest';
import { log } from '../../../shared/log/log.ts';
import { redactionOf } from '../../../shared/log/redact.ts';

const env = {
  COS_SECRET_ACCESS_KEY: 'cos"secret\\value',
  IBMCLOUD_API_KEY: 'the-key-of-the-account',
  EARSHOT_API_KEYS: 'ci:key-of-the-machine, key-of-nobody-in-particular',
  EARSHOT_API_KEY_WEB: 'key-of-the-web-page',
  EARSHOT_EVENTS_SECRET: 'secret-of-subscriptions',
  COS_BUCKET: 'earshot-prod',
  COS_API_KEY: 'short',
};
const redact = redactionOf(env);

describe('a text without its secrets', () => {
  it.each([
    'cos"secret\\value',
    'the-key-of-the-account',
    'key-of-the-machine',
    'key-of-nobody-in-particular',
    'key-of-the-web-page',
    'secret-of-subscriptions',
  ])('%s, wherever it stands, also in JSON', (secret) => {
    for (const text of [`the store said ${secret}!`, JSON.stringify({ a: [`x${secret}`], b: secret })]) {
      expect(redact(text)).not.toContain(secret);
      expect(redact(text)).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(redact(text)).toContain('[redacted]');
    }
    expect(JSON.parse(redact(JSON.stringify({ secret })))).toEqual({ secret: '[redacted]' });
  });

  it('what a caller shows, whoseever it is', () => {
    expect(redact('got authorization: Bearer abcd.EFG-123 and basic dXNlcjpwYXNz')).toBe(
      'got authorization: Bearer [redacted] and basic [redacted]',
    );
  });

  it('everything else stays, also values that are too short to be a secret', () => {
    const text = '{"bucket":"earshot-prod","ci":"short","clips":10}';
    expect(redact(text)).toBe(text);
  });
});

it('a line of the log is one line of bounded length', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    log('error', 'fault', {
      message: `${'x'.repeat(1e6)}\nBearer abcdefgh`,
      cause: { text: 'y'.repeat(1e6) },
    });
    const [line] = write.mock.calls[0]!;
    expect(String(line)).toHaveLength(String(line).trimEnd().length + 1);
    expect(String(line).length).toBeLessThan(10_000);
    expect(JSON.parse(String(line))).toMatchObject({ level: 'error', event: 'fault' });
  } finally {
    write.mockRestore();
  }
});
