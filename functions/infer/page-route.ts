import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Route } from '../../shared/protocols/route.ts';
import { page } from './page/index.html';

const hashOf = (tag: 'script' | 'style') => {
  const [, text = ''] = new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
};

/** The page's one script and its one style run, and it asks nobody but where it comes from. */
const contentSecurityPolicy = () =>
  [
    "default-src 'none'",
    `script-src ${hashOf('script')}`,
    `style-src ${hashOf('style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

let headers: Record<string, string> | undefined;

/** `GET /`: the page on which people try the model. It needs neither a key nor a setting. */
export const pageRoute: Route = {
  method: 'GET',
  path: '/',
  open: true,
  operation: {
    id: 'page',
    protocol: 'Earshot',
    summary: 'A page to try it on.',
    answer: z.string(),
    answerType: 'text/html',
  },
  handle: async () => {
    headers ??= {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(),
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), clipboard-write=(self)',
      // It is one with the function: a newer function has a newer page.
      'cache-control': 'no-cache',
    };
    return { statusCode: 200, headers: { ...headers }, body: page };
  },
};
