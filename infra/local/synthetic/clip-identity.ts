import type { SeededRandom } from '../../../shared/random/seeded-random.ts';

/** YouTube's alphabet of ids. */
const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The 11th character carries 4 bits, so only these occur. */
export const lastIdCharacters = '048AEIMQUYcgkosw';

/** In the released files these first characters are a third more frequent than the others. */
const firstIdCharacters = `${idAlphabet.repeat(3)}A-0B`;

/** 11 characters, never one that `taken` holds; adds it there. */
export function drawClipId(taken: Set<string>, random: SeededRandom): string {
  const pick = (characters: string) => characters[random.below(characters.length)]!;
  for (;;) {
    const middle = Array.from({ length: 9 }, () => pick(idAlphabet)).join('');
    const id = pick(firstIdCharacters) + middle + pick(lastIdCharacters);
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}

/** Clips of 1, 2, … 9 s among AudioSet's 22,160 balanced training clips; all others last 10 s. */
const shorterClips = [4, 15, 22, 39, 38, 47, 69, 57, 87];
const balancedClips = 22_160;

/** 1..10, at one frame a second. */
export function drawFrameCount(random: SeededRandom): number {
  let rest = random.below(balancedClips);
  for (const [index, clips] of shorterClips.entries()) {
    if (rest < clips) return index + 1;
    rest -= clips;
  }
  return 10;
}

/** Whole seconds, a multiple of 10 in about 95 % of the clips and 0 in 8 %, as in AudioSet. */
export function drawStartSeconds(random: SeededRandom): number {
  const seconds = -120 * Math.log(1 - random.uniform());
  return random.uniform() < 0.055 ? 1 + Math.floor(seconds) : 10 * Math.floor(seconds / 10);
}
