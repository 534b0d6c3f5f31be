import { type Html, html } from '../html/html.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Shown when it is pointed at. */
  readonly title?: string;
}

export interface ChartOptions {
  /** What the chart shows, for who cannot see it. */
  readonly label: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly Point[];
  /** Both axes by powers of ten, from `floor` to 1, with the diagonal. */
  readonly logarithmic?: { readonly floor: number };
}

const size = { width: 560, height: 260, left: 56, right: 14, top: 10, bottom: 40 };
const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };

interface Axis {
  /** Share of the axis at which a value stands, 0 to 1. */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** A line through points, with axes; drawn with the colours of the page. */
export function lineChart({ label, xLabel, yLabel, points, logarithmic }: ChartOptions): Html {
  if (points.length === 0) return html`<p>Nothing was measured.</p>`;
  const xAxis = logarithmic
    ? logAxis(logarithmic.floor)
    : linearAxis(
        points.map(({ x }) => x),
        true,
      );
  const yAxis = logarithmic ? logAxis(logarithmic.floor) : linearAxis(points.map(({ y }) => y));
  const left = (x: number) => (size.left + plot.width * xAxis.place(x)).toFixed(1);
  const top = (y: number) => (size.top + plot.height * (1 - yAxis.place(y))).toFixed(1);
  const [bottom, right] = [size.top + plot.height, size.left + plot.width];
  const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${left(x)} ${top(y)}`).join('');
  const dots = points.length > 60 ? [] : points;
  return html`<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">
${yAxis.ticks.map((tick) => html`<line class="grid" x1="${size.left}" x2="${right}" y1="${top(tick)}" y2="${top(tick)}"/><text x="${size.left - 6}" y="${top(tick)}" dy="4" text-anchor="end">${figure(tick)}</text>`)}
${xAxis.ticks.map((tick) => html`<line class="grid" x1="${left(tick)}" x2="${left(tick)}" y1="${size.top}" y2="${bottom}"/><text x="${left(tick)}" y="${bottom + 16}" text-anchor="middle">${figure(tick)}</text>`)}
${logarithmic ? html`<line class="diagonal" x1="${size.left}" y1="${bottom}" x2="${right}" y2="${size.top}"/>` : html``}
<path class="line" d="${path}"/>
${dots.map(({ x, y, title }) => html`<circle cx="${left(x)}" cy="${top(y)}" r="3"><title>${title ?? `${figure(x)}: ${figure(y)}`}</title></circle>`)}
<text x="${size.left + plot.width / 2}" y="${size.height - 4}" text-anchor="middle">${xLabel}</text>
<text x="12" y="${size.top + plot.height / 2}" text-anchor="middle" transform="rotate(-90 12 ${size.top + plot.height / 2})">${yLabel}</text>
</svg>`;
}

/** @param tight ends with the highest value, else with a tick */
function linearAxis(values: readonly number[], tight = false): Axis {
  const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const step = niceStep(high - low || Math.abs(high) || 1);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const end = tight && high > first * step ? high : last * step;
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return {
    place: (value) => (value - first * step) / (end - first * step),
    ticks: ticks.filter((tick) => tick <= end),
  };
}

/** 1, 2 or 5 times a power of ten, so that a handful of steps make up the span. */
function niceStep(span: number): number {
  const raw = span / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
}

function logAxis(floor: number): Axis {
  const decades = Math.round(-Math.log10(floor));
  const ticks = Array.from({ length: decades + 1 }, (_, i) => 10 ** (i - decades));
  return { place: (value) => 1 + Math.log10(Math.max(value, floor)) / decades, ticks };
}

const figure = (value: number) => String(Number(value.toPrecision(4)));
