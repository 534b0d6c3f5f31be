import { expect, it } from 'vitest';
import { runReportPage } from '../../../shared/run-report/page.ts';
import { runReport } from '../../fixtures/run-report.ts';

it('the page needs nothing from elsewhere, and shows labels as text', () => {
  const page = runReportPage(runReport('run'));
  expect(page).not.toMatch(/<(script|link|img|iframe)|url\(|https?:/);
  expect(page).toContain('Speech &lt;loud&gt;');
  expect(page).not.toContain('<loud>');
});

it('a label without eval clips has counts but no figures, and is not among the worst', () => {
  const page = runReportPage(runReport('run'));
  expect(page.match(/Silence/g)).toHaveLength(1);
  expect(page).toMatch(/Silence<\/td><td class="number">2<\/td><td class="number">0<\/td><td>undefined</);
  expect(page).toContain('1 of 2 labels are evaluated');
});

it('the page says that nothing was served, or how the new model compares with what was', () => {
  const report = runReport('run');
  expect(runReportPage(report)).toContain('None was served that could be compared.');
  const served = { ...report.assessment.baseline, version: '7' };
  const compared = runReportPage({ ...report, assessment: { ...report.assessment, served } });
  expect(compared).toContain('Served, version 7');
  expect(compared).toContain('+0.100 (-0.050 to 0.200)');
});

it('a gate that was not passed shows', () => {
  const report = runReport('run');
  const failed = { ...report, gate: { ...report.gate, passed: false, reason: 'mAP 0.1 is worse' } };
  expect(runReportPage(failed)).toContain('<b>Not passed</b>: mAP 0.1 is worse.');
});
