import * as z from 'zod';
import type { Route } from './route.ts';

/** The figures of this process for Prometheus. */
export const metricsRoute: Route = {
  method: 'GET',
  path: '/metrics',
  operation: {
    id: 'metrics',
    protocol: 'Earshot',
    summary: 'The figures of this process for Prometheus; a function has none to scrape.',
    answer: z.string(),
    answerType: 'text/plain',
  },
  handle: async ({ meter }) => ({
    statusCode: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: await meter.text(),
  }),
};
