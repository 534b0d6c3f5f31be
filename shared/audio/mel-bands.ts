/** Part of a spectrum that a band adds up: bins from `first`, each with its weight. */
export interface MelBand {
  readonly first: number;
  /** 0..1 */
  readonly weights: Float64Array;
}

export interface MelScale {
  readonly bands: number;
  /** Hz, of the lower edge of the first band and the upper edge of the last. */
  readonly lowest: number;
  readonly highest: number;
}

/** HTK's mel scale. */
const melOf = (hertz: number) => 1127 * Math.log(1 + hertz / 700);

/**
 * HTK's triangular bands, as VGGish's front end has them: edges evenly spaced on the mel scale, slopes straight on it,
 * height 1; the bin at 0 Hz has no part in them.
 *
 * @param bins of a spectrum from 0 Hz to half the sample rate
 * @param sampleRate Hz
 */
export function melBands(bins: number, sampleRate: number, { bands, lowest, highest }: MelScale): MelBand[] {
  const step = (melOf(highest) - melOf(lowest)) / (bands + 1);
  const binMels = Array.from({ length: bins }, (_, bin) => melOf((bin * sampleRate) / 2 / (bins - 1)));
  return Array.from({ length: bands }, (_, band) => {
    const lower = melOf(lowest) + band * step;
    const weights = binMels.map((mel, bin) =>
      bin === 0 ? 0 : Math.max(0, Math.min(mel - lower, lower + 2 * step - mel) / step),
    );
    const first = weights.findIndex((weight) => weight > 0);
    const end = weights.findLastIndex((weight) => weight > 0) + 1;
    return { first: Math.max(0, first), weights: Float64Array.from(weights.slice(Math.max(0, first), end)) };
  });
}
