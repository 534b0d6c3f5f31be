import { expect, it } from 'vitest';
import { heatColours } from '../../../../functions/infer/page/heat-colours.ts';

/** WCAG 2.2. */
function contrast(background: string, color: string): number {
  const light = (value: number) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const [r, g, b] = (background.match(/\d+/g) ?? []).map((value) => light(Number(value)));
  const ground = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  const text = color === '#fff' ? 1 : 0;
  return (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
}

const probabilities = Array.from({ length: 1001 }, (_, i) => i / 1000);

it('text on every colour of the heat map has a contrast of 4.5 or more', () => {
  for (const probability of probabilities) {
    const { background, color } = heatColours(probability);
    expect(contrast(background, color), `${probability}`).toBeGreaterThanOrEqual(4.5);
  }
});

it('a higher probability is lighter', () => {
  const lightness = probabilities
    .filter((_, i) => i % 20 === 0)
    .map((probability) => contrast(heatColours(probability).background, '#000'));
  expect(lightness).toEqual([...lightness].sort((a, b) => a - b));
  expect(lightness[0]).toBeLessThan(1.5);
  expect(lightness.at(-1)).toBeGreaterThan(15);
});
