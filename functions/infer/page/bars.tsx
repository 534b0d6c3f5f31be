import { percent } from './figures.ts';

export interface Bar {
  readonly id: string;
  readonly name: string;
  /** Not known yet, or not at all, when absent. */
  readonly probability: number | undefined;
  /** Whether the clip is labelled with it. */
  readonly marked: boolean;
}

/** A bar for each label, as long as it is probable. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  return (
    <ol class="bars">
      {bars.map(({ id, name, probability, marked }) => (
        <li key={id || name} data-label={id}>
          <span class="name">
            {name}
            {marked && (
              <span class="mark" title="The clip is labelled with it">
                <span aria-hidden="true"> ✓</span>
                <span class="spoken">, labelled</span>
              </span>
            )}
          </span>
          <span class="value">{probability === undefined ? '' : percent(probability)}</span>
          <span class="track" aria-hidden="true">
            <span style={{ width: `${100 * (probability ?? 0)}%` }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
