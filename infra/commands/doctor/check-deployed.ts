import { readinessOf } from '../../serverless-code-engine/api/readiness.ts';
import { statusText } from '../../serverless-code-engine/deploy/tell-deployment.ts';
import type { Owner } from '../../serverless-code-engine/desired/resource-names.ts';
import { type ActualState, isMarked } from '../../serverless-code-engine/plan/actual-state.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const check = 'deployment';

/** Whether what is deployed runs, and the last deployment came to its end. */
export function checkDeployed({ record, functions, apps }: ActualState, owner: Owner): Finding[] {
  const ours = [
    ...functions.filter((one) => isMarked(one, owner)).map((one) => ({ kind: 'function' as const, one })),
    ...apps.filter((one) => isMarked(one, owner)).map((one) => ({ kind: 'app' as const, one })),
  ];
  if (record === null && ours.length === 0) {
    return [warning(check, 'nothing is deployed yet', 'Run npx serverless deploy.')];
  }
  const failing = ours
    .filter(({ kind, one }) => readinessOf(kind, one) !== 'ready')
    .map(({ kind, one }) =>
      problem(
        check,
        `${kind} ${one.name}: ${statusText(kind, one)}`,
        kind === 'app'
          ? 'See npx serverless logs of an event function; deploy again once it is mended.'
          : 'Deploy again; where it stays, look at the function in the console.',
      ),
    );
  const unfinished = !record?.record.deployedAt
    ? [
        warning(
          check,
          'the last deployment did not come to its end',
          'Run npx serverless deploy: it goes on from there.',
        ),
      ]
    : [];
  const findings = [...failing, ...unfinished];
  return findings.length > 0 ? findings : [ok(check, ours.map(({ one }) => one.name).join(', '))];
}
