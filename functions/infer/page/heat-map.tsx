import type { Label } from './answers.ts';
import { percent } from './figures.ts';
import { heatColours } from './heat-colours.ts';
import type { CloseLook } from './per-second.ts';

export interface HeatMapProps {
  readonly look: CloseLook;
  readonly labels: readonly Label[];
  /** Mids that the clip is labelled with. */
  readonly marked: ReadonlySet<string>;
  /** Second at which the clip begins. */
  readonly start: number | null;
}

/** Labels by seconds; each cell has its figure too, so that nobody needs to tell the colours apart. */
export function HeatMap({ look, labels, marked, start }: HeatMapProps) {
  const first = Math.floor(start ?? 0);
  return (
    <section aria-labelledby="heat-title">
      <h3 id="heat-title">Second by second</h3>
      <p class="note">
        {look.ofHead
          ? 'In per cent, as the head of the model scores each second before it pools them.'
          : 'In per cent. The head of this model scores whole clips alone, so each second was scored as a clip of its own.'}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="wide heat-scroll" tabIndex={0} aria-label="Probability of each label in each second">
        <table class="heat">
          <thead>
            <tr>
              <th scope="col">{start === null ? 'Second' : 'Second of the video'}</th>
              {look.seconds.map(({ start: second }) => (
                <th key={second} scope="col">
                  {first + second}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map(({ id, name }) => (
              <tr key={id}>
                <th scope="row">
                  {name}
                  {marked.has(id) && (
                    <>
                      <span aria-hidden="true"> ✓</span>
                      <span class="spoken">, labelled</span>
                    </>
                  )}
                </th>
                {look.seconds.map(({ start: second, probabilities }) => {
                  const probability = probabilities.get(id) ?? 0;
                  return (
                    <td
                      key={second}
                      style={heatColours(probability)}
                      title={`${name}, second ${first + second}: ${percent(probability)}`}
                    >
                      {Math.round(100 * probability)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
