import type { AnomalyExample, AnomalyGroup } from '../../shared/dataset-report/anomaly-groups.ts';
import type { DatasetReport } from '../../shared/dataset-report/collect-report.ts';
import type { SplitStatistics } from '../../shared/dataset-report/split-statistics.ts';
import { Html, html } from './html.ts';

/** The report as one page that needs nothing from the network. */
export function reportPage(report: DatasetReport): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.dataset} - Earshot</title>
<style>${new Html(style)}</style>
</head>
<body>
<h1>${report.dataset}</h1>
${figures(report)}
<h2>Anomalies</h2>
${report.anomalies.length === 0 ? html`<p>None.</p>` : report.anomalies.map(anomalySection)}
<h2>Clips a label</h2>
${labelTable(report)}
<h2>Labels a clip</h2>
${sideBySide(report, ({ clipsPerLabelCount }) => histogram(clipsPerLabelCount, 'labels', 'clips'))}
<h2>Frames a clip</h2>
${sideBySide(report, ({ clipsPerFrameCount }) => histogram(clipsPerFrameCount, 'frames', 'clips'))}
<h2>Byte values of the embeddings</h2>
${sideBySide(report, ({ byteHistogram }) =>
  byteHistogram.length === 0
    ? html`<p>The embeddings are floats.</p>`
    : histogram(byteHistogram, 'byte', 'values'),
)}
</body>
</html>
`;
  return page.text;
}

function figures(report: DatasetReport): Html {
  const { train, eval: evaluation } = report;
  const rows: readonly (readonly [string, string | number])[] = [
    ['Files', report.files],
    ['Not validated yet', report.pending],
    ['Training clips', train.clips],
    ['Eval clips', evaluation.clips],
    ['Labels in the list', report.labels.length],
    ['Labels given', train.labels + evaluation.labels],
    ['Embedding', `up to ${report.maxFrames} × ${report.width} ${report.dtype}`],
    ['In quarantine', `${report.quarantinedRecords} records of ${report.quarantinedFiles} files`],
  ];
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function anomalySection(group: AnomalyGroup): Html {
  return html`<section class="${group.severity}">
<h3>${group.count} × ${group.code}</h3>
<p>${group.message}. ${group.remedy}</p>
<ul>${group.examples.map((example) => html`<li>${exampleText(example)}</li>`)}</ul>
${group.count > group.examples.length ? html`<p>and ${group.count - group.examples.length} more</p>` : html``}
</section>`;
}

/** Also the line of the printed summary. */
export function exampleText({
  file,
  record,
  offset,
  clip,
  field,
  expected,
  received,
}: AnomalyExample): string {
  const where = [
    file,
    record === null ? null : `record ${record}`,
    offset === null ? null : `byte ${offset}`,
    clip === null ? null : `clip ${clip}`,
    field,
  ];
  const seen = [expected === '' ? null : `expected ${expected}`, `received ${received}`];
  return `${where.filter(Boolean).join(', ')}: ${seen.filter(Boolean).join(', ')}`;
}

function labelTable({ labels, train, eval: evaluation }: DatasetReport): Html {
  const most = Math.max(1, ...train.clipsPerLabel, ...evaluation.clipsPerLabel);
  const cell = (count: number) =>
    html`<td class="bar"><span style="width:${((100 * count) / most).toFixed(1)}%"></span>${count}</td>`;
  const rows = labels.map(
    ({ index, mid, displayName }) =>
      html`<tr><td>${index}</td><td>${displayName}</td><td>${mid}</td>${cell(
        train.clipsPerLabel[index] ?? 0,
      )}${cell(evaluation.clipsPerLabel[index] ?? 0)}</tr>`,
  );
  return html`<table><thead><tr><th>Index</th><th>Label</th><th>Id</th><th>Train</th><th>Eval</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

function sideBySide(report: DatasetReport, draw: (split: SplitStatistics) => Html): Html {
  return html`<div class="pair"><figure><figcaption>Train</figcaption>${draw(report.train)}</figure>
<figure><figcaption>Eval</figcaption>${draw(report.eval)}</figure></div>`;
}

/** Bars over 0, 1, 2, …; each tells its own figure when it is pointed at. */
function histogram(counts: readonly number[], unit: string, counted: string): Html {
  const width = 480;
  const height = 120;
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length);
  const bars = counts.map((count, value) => {
    const tall = (height * count) / most;
    return html`<rect x="${(value * step).toFixed(2)}" y="${(height - tall).toFixed(2)}" width="${Math.max(
      0.5,
      step - 0.5,
    ).toFixed(2)}" height="${tall.toFixed(2)}"><title>${value} ${unit}: ${count} ${counted}</title></rect>`;
  });
  const label = `0 to ${counts.length - 1} ${unit}, at most ${most} ${counted}`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${bars}</svg><p>${label}</p>`;
}

const style = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
dl { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
dt { opacity: .7; } dd { margin: 0; font-size: 1.2rem; }
section { border-left: 4px solid; padding: .1rem 1rem; margin: 1rem 0; }
section.error { border-color: #c62828; } section.warning { border-color: #ef6c00; }
li { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .1rem .5rem; }
td.bar { position: relative; width: 25%; } td.bar span { position: absolute; inset: 2px auto 2px 0; background: #1976d255; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; } figure { margin: 0; }
svg { width: 100%; fill: #1976d2; }
`;
