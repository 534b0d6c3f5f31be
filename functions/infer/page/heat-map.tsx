import type { Label } from './answers.ts';
import { percent } from './figures.ts';
import { heatColours } from './heat-colours.ts';
import type { CloseLook, Scored } from './per-second.ts';

export interface HeatMapProps {
  readonly look: CloseLook;
  readonly labels: readonly Label[];
  /** Mids that the clip is labelled with. */
  readonly marked: ReadonlySet<string>;
  /** Second at which the clip begins. */
  readonly start: number | null;
}

const told: Record<Scored, readonly [title: string, note: string]> = {
  'by head': ['Second by second', 'as the head of the model scores each second before it pools them.'],
  alone: [
    'Second by second',
    'each second scored as a clip of its own: the head of this model scores whole clips alone.',
  ],
  patches: ['Every 0.96 seconds', 'as the head of the model scores each of them before it pools them.'],
  windows: ['Window by window', 'of as much as the head of this model takes at once, from its first second.'],
};

/** Labels by the times of the parts, in seconds; each cell has its figure too, so that nobody needs to tell the colours apart. */
export function HeatMap({ look, labels, marked, start }: HeatMapProps) {
  const first = Math.floor(start ?? 0);
  const [title, note] = told[look.scored];
  return (
    <section aria-labelledby="heat-title">
      <h3 id="heat-title">{title}</h3>
      <p class="note">{`In per cent, ${note}`}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="wide heat-scroll" tabIndex={0} aria-label="Probability of each label at each time">
        <table class="heat">
          <thead>
            <tr>
              <th scope="col">{start === null ? 'Second' : 'Second of the video'}</th>
              {look.parts.map(({ start: second }) => (
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
                {look.parts.map(({ start: second, probabilities }) => {
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
