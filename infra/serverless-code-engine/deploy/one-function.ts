import { didYouMean } from '../../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type DesiredState, eventsAppName } from '../desired/desired-state.ts';
import { type Owner, resourceName } from '../desired/resource-names.ts';
import { isIdle, type Plan } from '../plan/plan.ts';

/**
 * The steps of one function of these alone: those of the function of Code Engine or, for an event function, of the app.
 * @throws USAGE for a function that is not in serverless.yml, NOT_DEPLOYED when a whole deployment must come first
 */
export function narrowTo(
  name: string,
  names: readonly string[],
  plan: Plan,
  { functions, apps }: DesiredState,
  owner: Owner,
): Plan {
  if (!names.includes(name)) {
    throw new EarshotError('USAGE', {
      field: '--function',
      expected: `one of ${names.join(', ')}`,
      received: name === '' ? 'nothing' : `"${name}"${didYouMean(name, names)}`,
    });
  }
  const own = resourceName(owner, name);
  const isFunction = functions.some((one) => one.name === own);
  const resource = isFunction ? own : apps.length > 0 ? eventsAppName(owner) : undefined;
  const unmade = plan.find(({ kind, doing }) => kind === 'secret' && doing.action === 'create');
  if (unmade !== undefined) {
    throw new EarshotError('NOT_DEPLOYED', {
      field: `secret ${unmade.name}`,
      expected: 'a whole deployment before that of one function',
      received: 'none',
    });
  }
  return plan.map((step) =>
    step.name === resource || isIdle(step) ? step : { ...step, differences: [], doing: { action: 'none' } },
  ) as Plan;
}
