import type { DatasetReport } from '../../shared/dataset-report/collect-report.ts';
import type { SplitStatistics } from '../../shared/dataset-report/split-statistics.ts';
import { type Html, html } from '../../shared/html/html.ts';

/** Clips of every label, in train and in eval. */
export function labelTable({ labels, train, eval: evaluation }: DatasetReport): Html {
  const most = Math.max(1, ...train.clipsPerLabel, ...evaluation.clipsPerLabel);
  const cell = (count: number) =>
    html`<td class="bar"><span style="width:${((100 * count) / most).toFixed(1)}%"></span><b>${count}</b></td>`;
  const rows = labels.map(
    ({ index, mid, displayName }) =>
      html`<tr><td class="number">${index}</td><td>${displayName}</td><td>${mid}</td>${cell(
        train.clipsPerLabel[index] ?? 0,
      )}${cell(evaluation.clipsPerLabel[index] ?? 0)}</tr>
`,
  );
  return html`<div class="wide"><table><thead><tr><th class="number">Index</th><th>Label</th><th>Id</th><th>Train</th><th>Eval</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** The same chart of train and of eval. */
export function sideBySide(report: DatasetReport, draw: (split: SplitStatistics) => Html): Html {
  return html`<div class="pair"><figure><figcaption>Train</figcaption>${draw(report.train)}</figure>
<figure><figcaption>Eval</figcaption>${draw(report.eval)}</figure></div>`;
}

const chart = { width: 480, height: 120 };

/** Bars over 0, 1, 2, …; each tells its own figure when it is pointed at. */
export function histogram(counts: readonly number[], unit: string, counted: string): Html {
  const { width, height } = chart;
  const last = counts.length - 1;
  const most = Math.max(...counts, 0);
  if (most === 0) return html`<p>No clips.</p>`;
  const step = width / counts.length;
  const bars = counts.map((count, value) => {
    // A bar that is there can be seen, however small it is beside the others.
    const tall = count === 0 ? 0 : Math.max(1, (height * count) / most);
    return html`<rect x="${(value * step).toFixed(2)}" y="${(height - tall).toFixed(2)}" width="${(
      step * 0.9
    ).toFixed(2)}" height="${tall.toFixed(2)}"><title>${value} ${unit}: ${count} ${counted}</title></rect>`;
  });
  const label = `0 to ${last} ${unit}, at most ${most} ${counted}`;
  return html`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">${bars}</svg>
<p class="axis"><span>0</span><span>${unit}; the highest bar is ${most} ${counted}</span><span>${last}</span></p>`;
}
