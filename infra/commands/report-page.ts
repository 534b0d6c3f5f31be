import type { DatasetReport } from '../../shared/dataset-report/collect-report.ts';
import { Html, html } from '../../shared/html/html.ts';
import { histogram, labelTable, sideBySide } from './report-charts.ts';
import { anomalySections, lateLabelSection, overlapSections, quarantineTable } from './report-findings.ts';
import { reportStyle } from './report-style.ts';

/** The report as one page that needs nothing from the network. */
export function reportPage(report: DatasetReport): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.dataset} - Earshot</title>
<style>${new Html(reportStyle)}</style>
</head>
<body>
<h1>${report.dataset}</h1>
${figures(report)}
<h2>Anomalies</h2>
${anomalySections(report)}
<h2>Leakage and duplicates</h2>
${overlapSections(report)}
<h2>Quarantine</h2>
${quarantineTable(report)}
<h2>Late labels</h2>
${lateLabelSection(report)}
<h2>Frames a clip</h2>
${sideBySide(report, ({ clipsPerFrameCount }) => histogram(clipsPerFrameCount, 'frames', 'clips'))}
<h2>Byte values of the embeddings</h2>
${
  report.dtype === 'uint8'
    ? sideBySide(report, ({ byteHistogram }) => histogram(byteHistogram, 'byte value', 'values'))
    : html`<p>The embeddings are ${report.dtype}.</p>`
}
<h2>Labels a clip</h2>
${sideBySide(report, ({ clipsPerLabelCount }) => histogram(clipsPerLabelCount, 'labels', 'clips'))}
<h2>Clips a label</h2>
${labelTable(report)}
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
    ['Labels given in train', train.labels],
    ['Labels given in eval', evaluation.labels],
    ['Embedding', `up to ${report.maxFrames} × ${report.width} ${report.dtype}`],
    ['In quarantine', `${report.quarantinedRecords} records of ${report.quarantinedFiles} files`],
  ];
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
