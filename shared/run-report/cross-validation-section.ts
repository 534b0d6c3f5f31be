import { type Html, html } from '../html/html.ts';
import { learningSentence } from './cross-validation.ts';
import { between, figure } from './figures.ts';
import { lineChart } from './line-chart.ts';
import type { CrossValidated } from './schema.ts';

/** Learning curve and thresholds of a cross-validated run. */
export function crossValidationSection(validated: CrossValidated): Html {
  const { folds, clips, mAP, AUC, interval, curve, precision } = validated;
  const points = curve.map((point) => ({
    x: point.clips,
    y: point.mAP,
    title: `${point.clips} clips: mAP ${figure(point.mAP)} ${between(point.interval)}`,
  }));
  const sentence = learningSentence(validated);
  return html`<h2>Cross-validation</h2>
<p>Each of the ${clips} training clips scored by one of ${folds} models that were trained without it and without others of its source: mAP ${figure(mAP)} ${between(interval)}, AUC ${figure(AUC)}.</p>
<figure><h3>Would more clips help?</h3>${sentence === null ? html`` : html`<p><b>${sentence}</b></p>`}${lineChart(
    {
      label: 'mAP out of fold by number of training clips',
      xLabel: 'clips trained on',
      yLabel: 'mAP',
      points,
    },
  )}</figure>
<h3>Thresholds</h3>
<div class="wide"><table><thead><tr><th>Label</th><th class="number">Clips</th><th class="number">AP</th><th class="number">Threshold of best F1</th><th class="number">its precision</th><th class="number">its recall</th><th class="number">its F1</th><th class="number">Threshold of precision ${precision}</th><th class="number">its precision</th><th class="number">its recall</th></tr></thead>
<tbody>${validated.classes.map(rowOf)}</tbody></table></div>
<p class="note">Chosen on the scores out of fold; what they give is cross-fitted over halves of the clips. The thresholds of all classes below are chosen on the eval clips, which are fewer.</p>`;
}

function rowOf({
  displayName,
  clips,
  AP,
  bestF1,
  atPrecision,
  crossFitted,
}: CrossValidated['classes'][number]) {
  const numbers = [
    bestF1?.threshold,
    crossFitted?.bestF1.precision,
    crossFitted?.bestF1.recall,
    crossFitted?.bestF1.F1,
    atPrecision?.threshold,
    crossFitted?.atPrecision.precision,
    crossFitted?.atPrecision.recall,
  ];
  return html`<tr><td class="name">${displayName}</td><td class="number">${clips}</td><td class="number">${figure(AP)}</td>${numbers.map(
    (value) => html`<td class="number">${figure(value ?? null)}</td>`,
  )}</tr>
`;
}
