import type { Plan, Step } from './plan.ts';

const signs = { create: '+', update: '~', replace: '~', delete: '-', none: ' ' } as const;

/** A plan for people: one line a resource that changes, below it what of it; of secrets never a value. */
export function planLines(plan: Plan): string[] {
  const same = plan.filter(({ doing }) => doing.action === 'none').length;
  const lines = plan
    .filter(({ doing }) => doing.action !== 'none')
    .flatMap((step) => [headline(step), ...details(step)]);
  return [...lines, `${same} of ${plan.length} unchanged`];
}

const headline = ({ kind, name, doing }: Step) => `${signs[doing.action]} ${kind.replace('_', ' ')} ${name}`;

function details({ differences, doing }: Step): string[] {
  return differences.map(({ property, from, to }) =>
    doing.action === 'create' ? `    ${property}: ${to}` : `    ${property}: ${from} -> ${to}`,
  );
}
