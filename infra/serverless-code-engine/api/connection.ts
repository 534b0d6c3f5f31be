import type { AccessTokens } from './iam-tokens.ts';

/** How the cloud is reached; every endpoint can be another, so that tests and stand-ins take the cloud's place. */
export interface Connection {
  readonly tokens: AccessTokens;
  /** Waits so many milliseconds; another in tests. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Told of each repetition, in one line without secrets. */
  readonly onRetry?: (line: string) => void;
}
