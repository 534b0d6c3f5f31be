import type { AnomalyGroup } from '../../shared/dataset-report/anomaly-groups.ts';
import { counted, exampleText } from '../../shared/dataset-report/anomaly-text.ts';
import type { DatasetReport } from '../../shared/dataset-report/collect-report.ts';
import { type Html, html } from '../../shared/html/html.ts';

const none = html`<p>None.</p>`;

export function anomalySections({ anomalies }: DatasetReport): Html {
  return anomalies.length === 0 ? none : html`${anomalies.map(anomalySection)}`;
}

function anomalySection(group: AnomalyGroup): Html {
  const { code, severity, count, unit, message, remedy, examples } = group;
  const more = count - examples.length;
  return html`<section class="${severity}">
<h3>${counted(count, unit)}: ${message}</h3>
<p><code>${code}</code>, ${severity}. ${remedy}</p>
<ul>${examples.map((example, i) => html`<li>${i === 0 ? 'first at ' : ''}${exampleText(example)}</li>`)}</ul>
${more > 0 ? html`<p>and ${more} more</p>` : html``}</section>
`;
}

/** Clips that are there more than once. */
export function overlapSections(report: DatasetReport): Html {
  const { leakedClips, duplicateClips, duplicateFiles } = report;
  const files = duplicateFiles.map(
    ({ keys, clips }) => html`<li>${counted(clips, 'clip')}, the same in: ${keys.join(', ')}</li>`,
  );
  return html`<p>Leakage, left out of train as eval has it: ${counted(leakedClips, 'clip')}.</p>
<p>Duplicates, left out as another file of the split has them: ${counted(duplicateClips, 'clip')}.</p>
${files.length > 0 ? html`<p>Files of the same content under several keys:</p><ul>${files}</ul>` : html``}`;
}

export function quarantineTable({ quarantine, quarantinedFiles }: DatasetReport): Html {
  if (quarantine.length === 0) return none;
  const rows = quarantine.map(
    ({ file, records, key, reasonsKey }) =>
      html`<tr><td>${file}</td><td class="number">${records}</td><td>${key}<br>${reasonsKey}</td></tr>`,
  );
  const more = quarantinedFiles - quarantine.length;
  return html`<div class="wide"><table><thead><tr><th>File</th><th class="number">Records</th><th>Records and reasons are at</th></tr></thead>
<tbody>${rows}</tbody></table></div>${more > 0 ? html`<p>and ${counted(more, 'more file')}</p>` : html``}`;
}

export function lateLabelSection({ dataset, lateLabels, labels }: DatasetReport): Html {
  const { list, clips, indices, highest, most } = lateLabels;
  const source = list ?? `AudioSet's; there is no datasets/${dataset}.labels.csv`;
  const known = html`<p>Label list: ${source} (${labels.length} labels).</p>`;
  if (clips === 0) return html`${known}<p>Every label of every clip is in it.</p>`;
  const rows = most.map(
    ({ index, clips: count }) =>
      html`<tr><td class="number">${index}</td><td class="number">${count}</td></tr>`,
  );
  return html`${known}<p>Left out as it does not name all of their labels: ${counted(clips, 'clip')}, with ${counted(
    indices,
    'unknown label',
  )}, the highest index being ${highest ?? 0}. They wait until datasets/${dataset}.labels.csv names them; nothing has to be uploaded again.</p>
<table class="narrow"><thead><tr><th class="number">Index</th><th class="number">Clips</th></tr></thead><tbody>${rows}</tbody></table>`;
}
