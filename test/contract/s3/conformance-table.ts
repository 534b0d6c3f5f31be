import { motoDeviations, rgwDeviations } from './deviations.ts';
import { s3Checks } from './s3-checks.ts';
import type { Deviations } from './s3-conformance.ts';

const servers: readonly { readonly name: string; readonly deviations: Deviations }[] = [
  // Its test takes no list of deviations.
  { name: 'Earshot', deviations: {} },
  { name: 'Ceph RGW 16.2.15', deviations: rgwDeviations },
  { name: 'moto 5.2.1', deviations: motoDeviations },
];

/** The checks of the suite and how each server does, in Markdown. */
export function conformanceTable(): string {
  const rows = s3Checks.map(({ name, expected }) => {
    const cells = servers.map(({ deviations }) => {
      const seen = Object.entries(deviations[name] ?? {});
      if (seen.length === 0) return 'yes';
      return seen
        .map(([what, how]) => {
          const outcome = typeof how === 'string' ? `\`${how}\`` : `at times \`${how.atTimes}\``;
          return `${what}: ${outcome}, not \`${expected[what]}\``;
        })
        .join('<br>');
    });
    return [name, ...cells];
  });
  const tried = s3Checks.reduce((sum, { expected }) => sum + Object.keys(expected).length, 0);
  const passed = servers.map(({ deviations }) => {
    const differing = Object.values(deviations).reduce((sum, seen) => sum + Object.keys(seen).length, 0);
    const checks = s3Checks.length - Object.keys(deviations).length;
    return `**${checks} of ${s3Checks.length}; of what they try, ${tried - differing} of ${tried}**`;
  });
  const head = ['The store …', ...servers.map(({ name }) => name)];
  return [head, head.map(() => '---'), ...rows, ['**As documented**', ...passed]].map(row).join('\n');
}

const row = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
