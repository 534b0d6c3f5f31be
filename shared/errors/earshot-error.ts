import { catalogue, type ErrorCode } from './catalogue.ts';

/** Where it happened and what was seen; only what is known is set. */
export interface ErrorDetails {
  /** Object key or file name. */
  readonly file?: string;
  /** Resource of the cloud, e.g. `app events`. */
  readonly resource?: string;
  /** 0-based index of the record in the file. */
  readonly record?: number;
  /** Byte offset in the (decompressed) file. */
  readonly offset?: number;
  /** Feature, property or option. */
  readonly field?: string;
  /** JSON path into a request, e.g. `clips[0].frames[3]`. */
  readonly path?: string;
  readonly expected?: string;
  readonly received?: string;
  /** What may have been meant instead, likeliest first. */
  readonly suggestions?: readonly string[];
  /** Bytes: what is allowed, and what came. */
  readonly limit?: number;
  readonly size?: number;
  /** What of a start is being done. */
  readonly stage?: string;
  /** After which it is worth trying again. */
  readonly retryAfterSeconds?: number;
  /** What led to it, one line each. */
  readonly findings?: readonly string[];
}

/** An error of the closed catalogue. `message` names what, where, expected and received; findings are further lines. */
export class EarshotError extends Error {
  override readonly name = 'EarshotError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(describe(code, details), options);
    this.code = code;
    this.details = details;
  }

  /** True when the reader can mend it; false for faults of ours or of the platform. */
  get isUserError(): boolean {
    return catalogue[this.code].kind !== 'fault';
  }

  get remedy(): string {
    return catalogue[this.code].remedy;
  }
}

function describe(code: ErrorCode, details: ErrorDetails): string {
  const { file, resource, record, offset, field, path, expected, received } = details;
  const { findings = [], suggestions = [] } = details;
  const where = [
    file !== undefined && `file ${file}`,
    resource,
    record !== undefined && `record ${record}`,
    offset !== undefined && `byte ${offset}`,
    field !== undefined && `field ${field}`,
    path !== undefined && `at ${path}`,
  ].filter(Boolean);
  const seen = [
    expected !== undefined && `expected ${expected}`,
    received !== undefined && `received ${received}`,
  ].filter(Boolean);
  const place = where.length > 0 ? ` (${where.join(', ')})` : '';
  const values = seen.length > 0 ? `: ${seen.join(', ')}` : '';
  const meant = suggestions.length > 0 ? ` - did you mean ${suggestions.map(quoted).join(', ')}?` : '';
  return [`${catalogue[code].message}${place}${values}${meant}`, ...findings.map((text) => `  ${text}`)].join(
    '\n',
  );
}

const quoted = (text: string) => `"${text}"`;
