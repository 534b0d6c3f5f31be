/** From dark to light, as spectrograms have it; the same in a light and in a dark page. */
const stops = [
  [16, 16, 40],
  [72, 20, 104],
  [150, 40, 112],
  [222, 90, 76],
  [250, 166, 60],
  [250, 236, 150],
] as const;

/**
 * The colour of a probability, and black or white for text on it, whichever has more contrast: 4.5 or more. Small
 * probabilities are spread by a square root: most of them are small.
 */
export function heatColours(probability: number): { background: string; color: string } {
  const place = Math.sqrt(Math.min(1, Math.max(0, probability))) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  const share = place - below;
  const colour = stops[below]!.map((value, i) =>
    Math.round(value + share * (stops[below + 1]![i]! - value)),
  ) as [number, number, number];
  return { background: `rgb(${colour.join(' ')})`, color: luminance(colour) > 0.179 ? '#000' : '#fff' };
}

/** Relative luminance (WCAG 2.2); at 0.179 black and white have the same contrast, 4.58. */
function luminance(colour: readonly [number, number, number]): number {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
