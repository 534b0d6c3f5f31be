import type { AccessTokens } from './iam-tokens.ts';

/** What every call of the cloud's services needs. */
export interface Connection {
  readonly tokens: AccessTokens;
  /** Waits so many milliseconds; another in tests. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Told of each repetition, in one line without secrets. */
  readonly onRetry?: (line: string) => void;
}
