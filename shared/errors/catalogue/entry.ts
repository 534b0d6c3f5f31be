/** One row of the closed error catalogue; `docs/errors.md` is generated from all rows. */
export interface CatalogueEntry {
  /** `anomaly`: something in the user's data; `user`: something the user can mend; `fault`: ours or the platform's. */
  readonly kind: 'anomaly' | 'user' | 'fault';
  /** What happened, in one sentence without a full stop. */
  readonly message: string;
  /** Why it usually happens. */
  readonly cause: string;
  /** What the reader does next. */
  readonly remedy: string;
  /** HTTP status when it reaches a caller; 500 for faults and 400 for the rest when absent. */
  readonly status?: number;
  /** Exit code of a command that ends with it (expectations: 2 usage, 3 configuration, 4 data, 5 gate, 6 cloud, 7 time-out, 130 interrupted). */
  readonly exit?: number;
}
