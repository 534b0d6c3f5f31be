import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { bodyOf, waitOrThrow } from './caller.ts';
import { cloudError, saidIn } from './cloud-error.ts';
import type { Connection } from './connection.ts';
import { type Call, callOnce, isTransient } from './http-call.ts';

/** Bearer tokens for an API key. */
export interface AccessTokens {
  /** One that holds for at least another minute. @throws CLOUD_KEY_INVALID, CLOUD_UNREACHABLE, CLOUD_ANSWER_INVALID */
  token(): Promise<string>;
  /** Forgets the one at hand, because a service refused it. */
  forget(): void;
}

export interface IamSettings extends Pick<Connection, 'pause' | 'onRetry'> {
  readonly apiKey: string;
  /** Base URL of IAM. */
  readonly endpoint: string;
  /** Milliseconds since 1970; another clock in tests. */
  readonly now?: () => number;
}

const tokenAnswer = z.looseObject({
  access_token: z.string().min(1),
  /** Seconds that it holds. */
  expires_in: z.number().positive(),
});

/** So long before its end a token is renewed. */
const marginMs = 60_000;
const resource = 'IAM token';

/** Tokens from `POST /identity/token`, kept until shortly before their end; who asks meanwhile waits for the same. */
export function openIamTokens(settings: IamSettings): AccessTokens {
  const now = settings.now ?? Date.now;
  let kept: { readonly token: Promise<string>; untilMs: number } | undefined;

  const renewed = () => {
    const asked = now();
    const answer = requestToken(settings);
    const keeping = {
      token: answer.then(({ access_token }) => access_token),
      untilMs: Number.POSITIVE_INFINITY,
    };
    kept = keeping;
    answer.then(
      ({ expires_in }) => {
        keeping.untilMs = asked + expires_in * 1000 - marginMs;
      },
      () => {
        if (kept === keeping) kept = undefined;
      },
    );
    return keeping;
  };

  return {
    token: () => (kept !== undefined && now() < kept.untilMs ? kept : renewed()).token,
    forget: () => {
      kept = undefined;
    },
  };
}

/** A wrong key is BXNIM0415E, one that is locked or of a locked user BXNIM04xx; BXNIM01xx is of the request. */
const isKeyError = ({ code }: { code?: string | undefined }) => /^BXNIM04\d\d/.test(code ?? '');

async function requestToken(settings: IamSettings): Promise<z.output<typeof tokenAnswer>> {
  const request: Call = {
    method: 'POST',
    url: `${settings.endpoint}/identity/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
      apikey: settings.apiKey,
    }).toString(),
  };
  const secrets = [settings.apiKey];
  for (let attempt = 1; ; attempt++) {
    const outcome = await callOnce(request);
    if ('lost' in outcome || isTransient(outcome)) {
      await waitOrThrow(settings, attempt, outcome, cloudError(resource, outcome, secrets), 'POST');
    } else if (outcome.status >= 400 && isKeyError(saidIn(outcome))) {
      throw new EarshotError('CLOUD_KEY_INVALID', cloudError(resource, outcome, secrets).details);
    } else {
      return bodyOf(outcome, tokenAnswer, { resource, secrets });
    }
  }
}
