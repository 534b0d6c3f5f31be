import { catalogue } from '../../shared/errors/catalogue.ts';
import { exitCodesText } from '../command-line/exit-codes.ts';

const sections = [
  [
    'anomaly',
    'Anomalies in uploaded data',
    'Receipts, quarantine files and snapshots carry them; none of them is ever an HTTP status but of a TFRecord sent to infer.',
  ],
  ['user', 'What the user can mend', ''],
  ['fault', 'Faults and conditions that pass', ''],
] as const;

/** `docs/errors.md`, from the catalogue. */
export function errorsPage(): string {
  const parts = sections.map(([kind, title, text]) => {
    const rows = Object.entries(catalogue)
      .filter(([, entry]) => entry.kind === kind)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, entry]) => {
        const numbers = [
          entry.status === undefined ? null : `HTTP ${entry.status}`,
          entry.exit === undefined ? null : `exit ${entry.exit}`,
        ].filter(Boolean);
        const cells = [`\`${code}\``, entry.message, entry.cause, entry.remedy, numbers.join(', ')];
        return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
      });
    return [
      `## ${title}`,
      ...(text === '' ? [] : ['', text]),
      '',
      '| code | what happened | usual cause | remedy | numbers |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return [
    '# Error catalogue',
    '',
    'Every code that Earshot can report. Made from `shared/errors/` by `npm run docs`; do not edit.',
    '',
    'Each report also names what is known of file, record, byte offset, field, expected and received value.',
    `Exit codes of commands: ${exitCodesText}.`,
    '',
    parts.join('\n\n'),
    '',
  ].join('\n');
}
