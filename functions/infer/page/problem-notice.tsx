import type { Problem } from './problem.ts';

/** What is wrong, where, and what to do about it; read out when it appears. */
export function ProblemNotice({ problem, about }: { problem: Problem; about?: string | undefined }) {
  const { title, message, remedy, code, requestId } = problem;
  const more = message.startsWith(title) ? message.slice(title.length).replace(/^[\s:]+/, '') : message;
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{title}.</strong>
        {about && ` ${about}`}
      </p>
      {more !== '' && <p>{more}</p>}
      <p>{remedy}</p>
      <p class="note">
        <code>{code}</code>
        {requestId && ` (request ${requestId})`}
      </p>
    </div>
  );
}
