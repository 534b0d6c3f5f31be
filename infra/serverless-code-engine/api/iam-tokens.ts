/** Bearer tokens for an API key. */
export interface AccessTokens {
  /** One that holds for at least another minute. @throws CLOUD_KEY_INVALID, CLOUD_UNREACHABLE, CLOUD_ANSWER_INVALID */
  token(): Promise<string>;
  /** Forgets the one at hand, because a service refused it. */
  forget(): void;
}
