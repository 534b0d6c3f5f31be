import { Html, html } from '../html/html.ts';
import type { RunReport } from '../runs/documents.ts';
import { allClasses, extremes } from './class-tables.ts';
import { crossValidationSection } from './cross-validation-section.ts';
import { between, figure, signed } from './figures.ts';
import { lineChart } from './line-chart.ts';
import type { Compared, Curves, ModelMetrics } from './schema.ts';
import { runReportStyle } from './style.ts';

/** Probabilities below this are at the edge of the reliability chart. */
const leastShown = 1e-4;

/** The report of a run as one page that needs nothing from the network. */
export function runReportPage(report: RunReport): string {
  const { assessment } = report;
  const { bootstrap } = assessment;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.model} ${report.version} - Earshot</title>
<style>${new Html(runReportStyle)}</style>
</head>
<body>
<h1>${report.model}, version ${report.version}</h1>
<p class="gate ${report.gate.passed ? 'passed' : 'failed'}"><b>${report.gate.passed ? 'Passed' : 'Not passed'}</b>: ${report.gate.reason}.</p>
${summary(report)}
<h2>Beside other models</h2>
${models(report)}
<p class="note">In brackets, and for the differences: ${Math.round(100 * bootstrap.confidence)} % intervals of a paired bootstrap over the eval clips, ${bootstrap.replicates} replicates, seed ${bootstrap.seed}, moved to the measured value.
The baseline is logistic regression on the time mean. Served is what the alias named when the run ended, on the same clips.</p>
${report.crossValidation === undefined ? html`` : crossValidationSection(report.crossValidation)}
<h2>Curves</h2>
${curves(report)}
<h2>Best and worst labels</h2>
${extremes(assessment.classes)}
<h2>Calibration</h2>
${calibration(report)}
<h2>All labels</h2>
<p class="note">${evaluated(report)} Thresholds are chosen on all of these clips. What they give is cross-fitted: measured on each half of the clips with the threshold chosen on the other half, and empty where a half has no clip with the label.</p>
${allClasses(assessment)}
<h2>Made by</h2>
${provenance(report)}
</body>
</html>
`;
  return page.text;
}

function evaluated({ metrics: { evaluated, labels } }: RunReport): string {
  return evaluated === labels
    ? `All ${labels} labels are evaluated.`
    : `${evaluated} of ${labels} labels are evaluated: the others have no eval clip, or all of them.`;
}

type Item = readonly [string, string | number, string?];

function list(items: readonly Item[], name = ''): Html {
  return html`<dl class="${name}">${items.map(
    ([term, value, note]) =>
      html`<div><dt>${term}</dt><dd>${value}${note ? html`<small>${note}</small>` : html``}</dd></div>`,
  )}</dl>`;
}

function summary({ assessment, clips, steps, parameters, seconds, gate }: RunReport): Html {
  const { model } = assessment;
  return list([
    ['mAP', figure(model.mAP, 4), between(model.intervals.mAP)],
    ['AUC', figure(model.AUC, 4), between(model.intervals.AUC)],
    ['d′ of the mean AUC', figure(model.dPrime), between(model.intervals.dPrime)],
    ['Mean of class d′', figure(model.meanClassDPrime)],
    ['lwlrap', figure(model.lwlrap)],
    ['mAP of the prior', figure(gate.priorMAP, 4)],
    ['Clips', clips.train, `trained on; ${clips.validation} to validate, ${clips.eval} to evaluate`],
    ['Steps', steps, `${seconds.training.toFixed(1)} s of training`],
    ['Parameters', parameters.toLocaleString('en')],
  ]);
}

function models({ assessment, version }: RunReport): Html {
  const { model, baseline, served } = assessment;
  const row = (name: string, of: ModelMetrics, difference: Compared['difference'] | null) =>
    html`<tr><td>${name}</td><td class="number">${figure(of.mAP, 4)} ${between(of.intervals.mAP)}</td><td class="number">${figure(of.AUC, 4)} ${between(of.intervals.AUC)}</td><td class="number">${figure(of.dPrime)}</td><td class="number">${figure(of.meanClassDPrime)}</td><td class="number">${figure(of.lwlrap)}</td><td class="number">${
      difference === null ? '' : `${signed(difference.mAP)} ${between(difference.interval)}`
    }</td></tr>`;
  return html`<div class="wide"><table><thead><tr><th>Model</th><th class="number">mAP</th><th class="number">AUC</th><th class="number">d′</th><th class="number">Mean class d′</th><th class="number">lwlrap</th><th class="number">New model's mAP less this</th></tr></thead><tbody>
${row(`New, version ${version}`, model, null)}
${served === null ? html`<tr><td colspan="7">None was served that could be compared.</td></tr>` : row(`Served, version ${served.version}`, served, served.difference)}
${row('Baseline', baseline, baseline.difference)}
</tbody></table></div>`;
}

function curves({ curves: own, members }: RunReport): Html {
  if (members === undefined) return curvePair(own);
  return html`${members.map(
    ({ curves, seed, spec, steps, metrics }, i) =>
      html`<h3>Member ${i + 1}: ${spec.model.head}, seed ${seed}, ${steps} steps, mAP ${figure(metrics.mAP, 4)} by itself</h3>${curvePair(curves)}`,
  )}`;
}

function curvePair({ loss, validation }: Curves): Html {
  const losses = loss.map(({ step, loss }) => ({ x: step, y: loss }));
  const precisions = validation.map(({ step, mAP }) => ({ x: step, y: mAP }));
  return html`<div class="pair"><figure><h3>Training loss</h3>${lineChart({
    label: 'training loss by step',
    xLabel: 'step',
    yLabel: 'loss',
    points: losses,
  })}</figure><figure><h3>mAP on the validation clips</h3>${
    precisions.length === 0
      ? html`<p>There were too few clips to set some aside for validation.</p>`
      : lineChart({
          label: 'validation mAP by step',
          xLabel: 'step',
          yLabel: 'mAP',
          points: precisions,
        })
  }</figure></div>`;
}

function calibration({ assessment: { calibration: measured } }: RunReport): Html {
  const bins = measured.bins.filter(({ count }) => count > 0);
  const points = bins.map(({ predicted, observed, count }) => ({
    x: predicted!,
    y: observed!,
    title: `predicted ${figure(predicted, 4)}, observed ${figure(observed, 4)}, ${count} pairs`,
  }));
  return html`<div class="pair"><figure>${lineChart({
    label: 'observed share by predicted probability',
    xLabel: 'predicted probability',
    yLabel: 'observed share',
    points,
    logarithmic: { floor: leastShown },
  })}</figure><figure><div class="wide"><table><thead><tr><th>Probability</th><th class="number">Pairs</th><th class="number">Predicted</th><th class="number">Observed</th></tr></thead><tbody>${bins.map(
    ({ low, high, count, predicted, observed }) =>
      html`<tr><td>${low} to ${high}</td><td class="number">${count.toLocaleString('en')}</td><td class="number">${figure(predicted, 4)}</td><td class="number">${figure(observed, 4)}</td></tr>
`,
  )}</tbody></table></div></figure></div>
${list([
  ['Expected calibration error', measured.ECE.toFixed(5)],
  ['Brier score', measured.brier.toFixed(5)],
])}
<p class="note">Over all pairs of an eval clip and a label. On the dashed line probabilities are right.</p>`;
}

function provenance({ run, provenance: made, seconds }: RunReport): Html {
  const { environment, lineage } = made;
  return html`${list(
    [
      ['Run', run],
      ['Snapshot', lineage.snapshot],
      ['Dataset', lineage.dataset],
      ['Code', lineage.code ?? 'not run from a bundle'],
      ['Engine', environment.engine, environment.nativeUnavailable ?? ''],
      ['Seed', lineage.seed],
      ['Attempt', lineage.attempt],
      ['Node', environment.node],
      ['Machine', `${environment.processors} × ${environment.processor}`, environment.platform],
      ['Memory', `${(environment.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
      [
        'Seconds',
        `${seconds.loading.toFixed(1)} loading, ${seconds.training.toFixed(1)} training, ${seconds.evaluating.toFixed(1)} evaluating`,
      ],
    ],
    'long',
  )}
<h3>Request</h3><pre>${JSON.stringify(made.request, null, 2)}</pre>
<h3>Resolved</h3><pre>${JSON.stringify({ settings: made.settings, spec: made.spec }, null, 2)}</pre>`;
}
