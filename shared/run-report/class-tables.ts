import { type Html, html } from '../html/html.ts';
import { between, figure } from './figures.ts';
import type { Assessment, ReportedClass } from './schema.ts';

const shown = 10;
/** Metrics of fewer clips are luck, best or worst. */
const fewestClips = 5;

/** The classes with the highest and the lowest average precision, side by side. */
export function extremes(classes: readonly ReportedClass[]): Html {
  const ranked = classes
    .filter(({ AP, eval: clips }) => AP !== null && clips >= fewestClips)
    .sort((a, b) => b.AP! - a.AP!);
  if (ranked.length === 0) return html`<p>No label has ${fewestClips} eval clips.</p>`;
  const half = Math.min(shown, Math.ceil(ranked.length / 2));
  const worst = ranked.slice(half).slice(-shown).reverse();
  return html`<div class="pair"><figure><h3>Best</h3>${shortTable(ranked.slice(0, half))}</figure>
<figure><h3>Worst</h3>${worst.length === 0 ? html`<p>None is left.</p>` : shortTable(worst)}</figure></div>
<p class="note">Of the labels with at least ${fewestClips} eval clips.</p>`;
}

function shortTable(classes: readonly ReportedClass[]): Html {
  return html`<div class="wide"><table><thead><tr><th>Label</th><th class="number">Train</th><th class="number">Eval</th><th>AP</th></tr></thead>
<tbody>${classes.map(
    (row) =>
      html`<tr><td class="name">${row.displayName}</td><td class="number">${row.train}</td><td class="number">${row.eval}</td>${bar(row)}</tr>
`,
  )}</tbody></table></div>`;
}

/** Average precision with its interval, and a bar of it. */
function bar({ AP, intervals }: ReportedClass): Html {
  if (AP === null) return html`<td>undefined</td>`;
  const width = (100 * AP).toFixed(1);
  return html`<td class="bar"><span style="width:${width}%"></span><b>${figure(AP)} ${between(intervals.AP)}</b></td>`;
}

/** All classes, in the order of the label list. */
export function allClasses({ classes, served, precision }: Assessment): Html {
  const optional = (value: number | null) => html`<td class="number">${figure(value)}</td>`;
  const rows = classes.map(
    (
      row,
    ) => html`<tr><td class="number">${row.label}</td><td class="name">${row.displayName}</td><td class="number">${row.train}</td><td class="number">${row.eval}</td>${bar(row)}${optional(row.baselineAP)}${
      served === null ? html`` : optional(row.servedAP)
    }<td class="number">${figure(row.AUC)} ${between(row.intervals.AUC)}</td><td class="number">${figure(row.dPrime, 2)} ${between(row.intervals.dPrime, 2)}</td>${optional(row.bestF1?.threshold ?? null)}${optional(row.crossFitted?.bestF1.F1 ?? null)}${optional(row.atPrecision?.threshold ?? null)}${optional(row.crossFitted?.atPrecision.precision ?? null)}${optional(row.crossFitted?.atPrecision.recall ?? null)}</tr>
`,
  );
  return html`<div class="wide"><table><thead><tr><th class="number">Index</th><th>Label</th><th class="number">Train</th><th class="number">Eval</th><th>AP</th><th class="number">Baseline AP</th>${
    served === null ? html`` : html`<th class="number">Served AP</th>`
  }<th class="number">AUC</th><th class="number">d′</th><th class="number">Threshold of best F1</th><th class="number">its F1</th><th class="number">Threshold of precision ${precision}</th><th class="number">its precision</th><th class="number">its recall</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
