import { describe, expect, it } from 'vitest';
import { knownKeysOf, nameOfKey } from '../../../functions/infer/known-keys.ts';

describe('keys of the settings', () => {
  it('have the names that stand before them, or are named by their places', () => {
    const keys = knownKeysOf({ EARSHOT_API_KEYS: 'web:first-key, second-key,,ci:third:key' })!;
    expect(keys.map(({ name }) => name)).toEqual(['web', 'key-2', 'ci']);
    expect(nameOfKey('first-key', keys)).toBe('web');
    expect(nameOfKey('third:key', keys)).toBe('ci');
    for (const wrong of ['web:first-key', 'web', 'key', '', 'first-ke', 'FIRST-KEY'])
      expect(nameOfKey(wrong, keys)).toBeNull();
  });

  it('may have a variable each, whose name names them', () => {
    const keys = knownKeysOf({
      EARSHOT_API_KEY_WEB_PAGE: 'first-key',
      EARSHOT_API_KEY_CI: 'second-key',
      EARSHOT_API_KEY: 'what this machine shows',
      EARSHOT_API_KEY_GONE: '',
    })!;
    expect(keys.map(({ name }) => name)).toEqual(['web-page', 'ci']);
    expect(nameOfKey('what this machine shows', keys)).toBeNull();
  });

  it.each(['Web:key', '1:key', 'a_b:key', `${'a'.repeat(33)}:key`, ':kez', 'web:'])(
    'a wrong name or nothing behind it (%s) is refused without a word of the key',
    (list) => {
      expect(() => knownKeysOf({ EARSHOT_API_KEYS: list })).toThrowError(
        expect.objectContaining({ code: 'SETTING_INVALID', message: expect.not.stringContaining(list) }),
      );
    },
  );
});
