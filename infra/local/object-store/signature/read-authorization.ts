import { S3Error, type S3ErrorCode } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import type { CredentialScope } from './signing-key.ts';

/** What a request says of its own signature; nothing of it is verified yet. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly time: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
  /** Milliseconds after `signedAt` for a presigned request, else null. */
  readonly expiresAfter: number | null;
  readonly payloadHash: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
/** Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters": seven days. */
const longestExpiry = 604_800;

/** @throws S3Error AccessDenied, AuthorizationHeaderMalformed, AuthorizationQueryParametersError, InvalidRequest */
export function readAuthorization(request: S3Request): Authorization {
  const text = header(request, 'authorization');
  if (text !== null) return fromHeader(request, text);
  if (request.query.has('X-Amz-Signature') || request.query.has('X-Amz-Algorithm')) return fromQuery(request);
  throw new S3Error('AccessDenied', 'Access Denied');
}

function fromHeader(request: S3Request, text: string): Authorization {
  if (!text.startsWith(`${algorithm} `)) {
    throw new S3Error(
      'InvalidRequest',
      `The authorization mechanism is not supported. Please use ${algorithm}.`,
    );
  }
  const fields = new Map(
    text
      .slice(algorithm.length)
      .split(',')
      .map((field) => {
        const at = field.indexOf('=');
        return [field.slice(0, at).trim(), field.slice(at + 1).trim()] as const;
      }),
  );
  const payloadHash = header(request, 'x-amz-content-sha256');
  if (payloadHash === null) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  const time = header(request, 'x-amz-date') ?? basicTime(header(request, 'date'));
  return assemble('AuthorizationHeaderMalformed', {
    credential: fields.get('Credential'),
    signedHeaders: fields.get('SignedHeaders'),
    signature: fields.get('Signature'),
    time,
    expiresAfter: null,
    payloadHash,
  });
}

function fromQuery(request: S3Request): Authorization {
  const { query } = request;
  const code = 'AuthorizationQueryParametersError';
  if (query.get('X-Amz-Algorithm') !== algorithm) {
    throw new S3Error(code, `X-Amz-Algorithm only supports "${algorithm}"`);
  }
  const expires = Number(query.get('X-Amz-Expires') || 'NaN');
  if (!(Number.isInteger(expires) && expires >= 0 && expires <= longestExpiry)) {
    throw new S3Error(code, `X-Amz-Expires must be between 0 and ${longestExpiry} seconds`);
  }
  return assemble(code, {
    credential: query.get('X-Amz-Credential'),
    signedHeaders: query.get('X-Amz-SignedHeaders'),
    signature: query.get('X-Amz-Signature'),
    time: query.get('X-Amz-Date') ?? null,
    expiresAfter: expires * 1000,
    payloadHash:
      query.get('X-Amz-Content-Sha256') ?? header(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
  });
}

interface Fields {
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  readonly time: string | null;
  readonly expiresAfter: number | null;
  readonly payloadHash: string;
}

function assemble(code: S3ErrorCode, fields: Fields): Authorization {
  const { credential, signedHeaders, signature, time, expiresAfter, payloadHash } = fields;
  if (credential === undefined || signedHeaders === undefined || signature === undefined || time === null) {
    throw new S3Error(code, 'Credential, SignedHeaders, Signature and the date are all required.');
  }
  // An access key may hold slashes, so the scope is read from the end.
  const parts = credential.split('/');
  const [date = '', region = '', service = '', terminator = ''] = parts.slice(-4);
  if (parts.length < 5 || service !== 's3' || terminator !== 'aws4_request') {
    throw new S3Error(code, 'The credential must be <key>/<YYYYMMDD>/<region>/s3/aws4_request.');
  }
  const signedAt = parseTime(time);
  if (signedAt === null || !time.startsWith(date)) {
    throw new S3Error(code, 'The date must be YYYYMMDDTHHMMSSZ and of the day of the credential.');
  }
  return {
    accessKeyId: parts.slice(0, -4).join('/'),
    scope: { date, region, service },
    signedHeaders: signedHeaders.toLowerCase().split(';'),
    signature,
    time,
    signedAt,
    expiresAfter,
    payloadHash,
  };
}

function parseTime(time: string): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const parsed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(parsed) ? null : parsed;
}

function basicTime(date: string | null): string | null {
  const parsed = Date.parse(date ?? '');
  if (Number.isNaN(parsed)) return null;
  return new Date(parsed).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
