import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type {
  DesiredSubscription,
  SubscriptionDriver,
} from '../../serverless-code-engine/subscriptions/subscription-driver.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Of COS subscriptions, a project takes so many. */
const limit = 100;
const check = 'subscriptions';

/**
 * Whether the command line works and the subscriptions are there and ready. Without it the deployment can print the
 * commands, so that is a warning.
 * @throws CLI_FAILED
 */
export async function checkSubscriptions(
  driver: SubscriptionDriver,
  desired: readonly DesiredSubscription[],
): Promise<Finding[]> {
  let all: Awaited<ReturnType<SubscriptionDriver['list']>>;
  try {
    all = await driver.list();
  } catch (error) {
    const isCli = error instanceof EarshotError && ['CLI_MISSING', 'CLI_NOT_READY'].includes(error.code);
    if (isCli) return [warning('ibmcloud', error.message, error.remedy)];
    throw error;
  }
  const findings = desired.flatMap((one): Finding[] => {
    const found = all.find(({ kind, name }) => kind === one.kind && name === one.name);
    const what = `${one.kind} subscription ${one.name}`;
    if (found === undefined)
      return [problem(check, `${what} is not there: its events reach nobody`, 'Run npx serverless deploy.')];
    if (!found.isOurs) {
      return [
        problem(
          check,
          `${what} does not carry the mark of this service and stage`,
          'Delete it, or rename the service; then deploy.',
        ),
      ];
    }
    if (found.isReady !== false) return [];
    return [
      problem(
        check,
        `${what} is not ready`,
        `See ibmcloud ce subscription ${one.kind} get --name ${one.name}; most often the authorization or the app is missing.`,
      ),
    ];
  });
  const cos = all.filter(({ kind }) => kind === 'cos').length;
  if (cos >= limit) {
    findings.push(
      warning(
        check,
        `${cos} of ${limit} COS subscriptions of the project`,
        'Delete those that are not needed.',
      ),
    );
  }
  const counted = `${desired.length} of this stage, all there and ready`;
  return [
    ok('ibmcloud', 'logged in, with the project'),
    ...(findings.length > 0 ? findings : [ok(check, counted)]),
  ];
}
