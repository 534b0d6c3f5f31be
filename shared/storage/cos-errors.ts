import type { AWSError } from 'ibm-cos-sdk/lib/error.js';
import { EarshotError } from '../errors/earshot-error.ts';

/** The error to throw for one of the SDK's: what failed, on which key, and what the store said. */
export function storeError(error: AWSError, operation: string, key: string): EarshotError {
  const { statusCode, code, message } = error;
  const said = [statusCode, code, message].filter((part, at, all) => part && all.indexOf(part) === at);
  const received = isTokenError(error) ? tokenTrouble(error) : said.join(' ');
  return new EarshotError(
    codeFor(error),
    { file: key, expected: `${operation} to succeed`, received },
    { cause: error },
  );
}

/** Whether the store has no room for what is written; another try would find none either. */
export function isStoreFull({ statusCode, code }: AWSError): boolean {
  return statusCode === 507 || code === 'QuotaExceeded';
}

function codeFor(error: AWSError): 'STORE_DENIED' | 'STORE_FAILED' | 'STORE_FULL' | 'STORE_UNREACHABLE' {
  if (isStoreFull(error)) return 'STORE_FULL';
  const { statusCode } = error;
  if (statusCode === 401 || statusCode === 403) return 'STORE_DENIED';
  // IAM answers a wrong API key with 400.
  if (isTokenError(error)) return (statusCode ?? 500) < 500 ? 'STORE_DENIED' : 'STORE_UNREACHABLE';
  return statusCode === undefined || statusCode < 300 ? 'STORE_UNREACHABLE' : 'STORE_FAILED';
}

function isTokenError(error: AWSError): boolean {
  return error.code === 'CredentialsError';
}

/** The SDK's own words, of missing configuration files, would lead astray. */
function tokenTrouble(error: AWSError): string {
  const network = (error.originalError as Partial<AWSError> | undefined)?.originalError?.message;
  return `no token from IAM: ${error.statusCode ?? network ?? error.message}`;
}
