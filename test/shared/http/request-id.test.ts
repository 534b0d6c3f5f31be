import { expect, it } from 'vitest';
import { requestIdOf } from '../../../shared/http/request-id.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

it.each(['r-1', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'a+/=@:_.', 'x'.repeat(128)])(
  'an id that is well formed is kept: %s',
  (id) => expect(requestIdOf(id)).toBe(id),
);

it.each([undefined, '', 'x'.repeat(129), 'two words', 'a"b', '<script>', 'a\nb', 'ä', '{}', 'a, b'])(
  'another one is made instead of %j',
  (id) => expect(requestIdOf(id)).toMatch(uuid),
);

it('of two headers none is kept', () => {
  expect(requestIdOf(['a', 'b'])).toMatch(uuid);
});
