import type { AWSError } from 'ibm-cos-sdk/lib/error.js';
import { EarshotError } from '../errors/earshot-error.ts';

/** The error to throw for one of the SDK's: what failed, on which key, and what the store said. */
export function storeError(error: AWSError, operation: string, key: string): EarshotError {
  const { statusCode, code, message } = error;
  const said = [statusCode, code, message].filter((part, at, all) => part && all.indexOf(part) === at);
  const details = { file: key, expected: `${operation} to succeed`, received: said.join(' ') };
  return new EarshotError(codeFor(error), details, { cause: error });
}

function codeFor(error: AWSError): 'STORE_DENIED' | 'STORE_FAILED' | 'STORE_UNREACHABLE' {
  if (error.statusCode === 401 || error.statusCode === 403 || refusedToken(error)) return 'STORE_DENIED';
  return error.statusCode === undefined || error.statusCode < 300 ? 'STORE_UNREACHABLE' : 'STORE_FAILED';
}

/** IAM answers a wrong API key with 400, which the SDK wraps. */
function refusedToken(error: AWSError): boolean {
  const origin = error.originalError as Partial<AWSError> | undefined;
  return error.code === 'CredentialsError' && (origin?.statusCode ?? 500) < 500;
}
