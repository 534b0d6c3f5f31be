import type { CodeEngine } from '../../serverless-code-engine/api/client.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Last day on which Code Engine runs functions of the runtime (fun-runtime, 2026-04-30). */
const ends: Readonly<Record<string, string>> = {
  'nodejs-20': '2026-04-30',
  'nodejs-22': '2027-04-30',
  'nodejs-24': '2028-04-30',
};
const warnMonths = 6;
const check = 'runtime';

/** Whether functions of this runtime go on working: by what is known of its end, and by what the API says now. */
export async function checkRuntime(
  runtime: string,
  codeEngine: Pick<CodeEngine, 'functionRuntimes'>,
  now: Date,
): Promise<Finding> {
  const known = ends[runtime];
  const offered = await codeEngine.functionRuntimes();
  const found = offered.find(({ id }) => id === runtime);
  const others = offered.filter(({ id, deprecated }) => id?.startsWith('nodejs-') && deprecated !== true);
  const remedy =
    `Move provider.runtime to a later one that Code Engine offers (${others.map(({ id }) => id).join(', ') || 'see the API'}) ` +
    'in a version of Earshot that allows it; until then infer can run as it is.';
  if (found === undefined) return problem(check, `${runtime} is not offered any more`, remedy);
  if (known !== undefined && isoDay(now) > known) {
    return problem(check, `${runtime} ended on ${known}: functions of it stop working`, remedy);
  }
  if (found.deprecated === true) return warning(check, `${runtime} is deprecated`, remedy);
  if (known !== undefined && isoDay(monthsLater(now, warnMonths)) >= known) {
    return warning(check, `${runtime} ends on ${known}`, remedy);
  }
  return ok(check, known === undefined ? runtime : `${runtime}, until ${known}`);
}

const isoDay = (date: Date) => date.toISOString().slice(0, 10);

function monthsLater(date: Date, months: number): Date {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()));
}
