import { labelTable, metricsTable } from '../../shared/telemetry/metrics-table.ts';

/** `docs/metrics.md`, from the table of the metrics. */
export function metricsPage(): string {
  return [
    '# Metrics',
    '',
    'Made from the table in `shared/telemetry/metrics-table.ts` by `npm run docs`; do not edit. How to scrape them, and what a',
    'function has instead: [operations.md](operations.md#metrics).',
    '',
    '| metric | type | labels | what it is |',
    '|---|---|---|---|',
    ...Object.entries(metricsTable).map(([name, { type, labels, help }]) => {
      const named = labels.map((label) => `\`${label}\``).join(', ');
      return `| \`${name}\` | ${type} | ${named} | ${help} |`;
    }),
    '',
    '## Labels',
    '',
    'Every label is bounded, whatever callers send.',
    '',
    '| label | what it may be |',
    '|---|---|',
    ...Object.entries(labelTable).map(([name, text]) => `| \`${name}\` | ${text} |`),
    '',
  ].join('\n');
}
