import { EarshotError } from '../errors/earshot-error.ts';

/** Lists and objects within each other; a tensor of clips has five. */
const maxDepth = 32;

const [quote, backslash, openList, closeList, openObject, closeObject] = Buffer.from(
  '"\\[]{}',
) as unknown as [number, number, number, number, number, number];

/**
 * Refuses JSON that is nested more deeply than any request, before it is parsed. What is no JSON passes.
 * @throws REQUEST_INVALID
 */
export function expectShallow(json: Uint8Array): void {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) at = endOfString(json, at);
    else if (byte === openList || byte === openObject) depth++;
    else if (byte === closeList || byte === closeObject) depth--;
    if (depth <= maxDepth) continue;
    throw new EarshotError('REQUEST_INVALID', {
      path: '(the whole document)',
      expected: `at most ${maxDepth} lists and objects within each other`,
      received: `more, at byte ${at}`,
    });
  }
}

/** Where the string that begins at `start` ends. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1;
  return at;
}
