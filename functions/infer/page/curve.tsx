import { whole } from './figures.ts';

interface Point {
  /** Step. */
  readonly x: number;
  readonly y: number;
}

const width = 320;
const height = 110;

/** A line through what was measured; its ends are said in words below it. */
export function Curve({ title, points }: { title: string; points: readonly Point[] }) {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const [low, high] = points.reduce(([a, b], { y }) => [Math.min(a, y), Math.max(b, y)], [first.y, first.y]);
  const left = (x: number) => (width * (x - first.x)) / (last.x - first.x || 1);
  const top = (y: number) => 4 + (height - 8) * (1 - (y - low) / (high - low || 1));
  const path = points.map(
    ({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${left(x).toFixed(1)} ${top(y).toFixed(1)}`,
  );
  const text = `${first.y.toFixed(4)} at step ${whole(first.x)}, ${last.y.toFixed(4)} at step ${whole(last.x)}`;
  return (
    <figure class="curve">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${text}`}
      >
        <path d={path.join('')} vector-effect="non-scaling-stroke" />
      </svg>
      <p class="note">{text}</p>
    </figure>
  );
}
