import * as z from 'zod';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import { problemSchema } from '../http/problem.ts';

/** MAX-Audio-Classifier's errors are `{"status": "error", "message": …}`: its clients look at nothing else. */
export const maxProblemSchema = problemSchema
  .extend({ status: z.literal('error'), message: z.string() })
  .meta({ id: 'MaxProblem' });

export const isMaxPath = (path: string): boolean => path.startsWith('/model/');

/** A problem in the form that the clients of the path's protocol know; RFC 9457 lets readers ignore its `status`. */
export function problemOfProtocol(problem: HttpResult, { path }: Pick<HttpEvent, 'path'>): HttpResult {
  if (!isMaxPath(path)) return problem;
  const body = JSON.parse(problem.body) as z.input<typeof problemSchema>;
  const max: z.input<typeof maxProblemSchema> = { ...body, status: 'error', message: body.detail };
  return { ...problem, body: JSON.stringify(max) };
}
