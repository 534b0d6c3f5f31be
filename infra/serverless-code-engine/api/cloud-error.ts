import * as z from 'zod';
import type { ErrorCode } from '../../../shared/errors/catalogue.ts';
import { EarshotError, type ErrorDetails } from '../../../shared/errors/earshot-error.ts';
import type { Answer, Outcome } from './http-call.ts';

const text = z.string().optional().catch(undefined);

/** Bodies of errors: Code Engine and the policies of IAM, the Resource Controller, the tokens of IAM. */
const errorBody = z.object({
  errors: z
    .array(
      z.object({
        code: text,
        message: text,
        /** [UNVERIFIED] the field, where the service names one. */
        target: z.object({ name: text, value: text }).optional().catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
  trace: text,
  error_code: text,
  message: text,
  transaction_id: text,
  errorCode: text,
  errorMessage: text,
});

interface Said {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly field?: string | undefined;
  readonly trace?: string | undefined;
}

const mostCharacters = 300;

/**
 * The error of the catalogue for an outcome that is no success.
 * @param secrets values that must not be seen, though the service may repeat them
 */
export function cloudError(
  resource: string,
  outcome: Outcome,
  secrets: readonly string[] = [],
): EarshotError {
  if ('lost' in outcome) {
    return new EarshotError('CLOUD_UNREACHABLE', {
      resource,
      received: withoutSecrets(outcome.lost, secrets),
    });
  }
  const said = saidIn(outcome);
  const received = [
    `${outcome.status}`,
    said.code,
    said.message?.slice(0, mostCharacters),
    said.trace === undefined ? undefined : `(trace ${said.trace})`,
  ];
  const details: ErrorDetails = {
    resource,
    received: withoutSecrets(received.filter(Boolean).join(' '), secrets),
    ...(said.field === undefined ? {} : { field: said.field }),
  };
  return new EarshotError(codeFor(outcome.status, said), details);
}

/** The first error that a body tells, in any of the forms above; of another body its beginning. */
export function saidIn({ text: body, headers }: Answer): Said {
  const parsed = errorBody.safeParse(jsonOf(body));
  const trace = headers.get('x-request-id') ?? headers.get('transaction-id') ?? undefined;
  if (!parsed.success) return { message: body.slice(0, mostCharacters), trace };
  const { data } = parsed;
  const first = data.errors?.[0];
  return {
    code: first?.code ?? data.error_code ?? data.errorCode,
    message: first?.message ?? data.message ?? data.errorMessage,
    field: first?.target?.name ?? first?.target?.value,
    trace: data.trace ?? data.transaction_id ?? trace,
  };
}

/** [UNVERIFIED] with which status and code a quota is refused, so its words count under each. */
const isQuota = ({ code, message }: Said) =>
  /quota|limit[_ ](exceeded|reached)|exceeds? .*limit/i.test(`${code} ${message}`);

function codeFor(status: number, said: Said): ErrorCode {
  if (status === 408 || status === 429 || status >= 500) return 'CLOUD_UNREACHABLE';
  if (status < 400) return 'CLOUD_ANSWER_INVALID';
  if (isQuota(said)) return 'CLOUD_QUOTA';
  if (status === 401 || status === 403) return 'CLOUD_FORBIDDEN';
  if (status === 404 || status === 410) return 'CLOUD_NOT_FOUND';
  return status === 409 || status === 412 ? 'CLOUD_CONFLICT' : 'CLOUD_REFUSED';
}

/** Tokens have three parts of base64; they are hidden though not given. */
function withoutSecrets(line: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret !== '')
    .reduce((hiding, secret) => hiding.replaceAll(secret, '***'), line);
  return hidden.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '***');
}

export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
