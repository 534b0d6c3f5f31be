/** What the server said is wrong, in its words: a problem document (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly remedy: string;
  /** Where in the request. */
  readonly path: string | undefined;
  readonly requestId: string | undefined;
  /** What may have been meant. */
  readonly suggestions: readonly string[];

  constructor(told: {
    readonly status: number;
    readonly code: string;
    readonly title: string;
    readonly detail: string;
    readonly remedy: string;
    readonly path?: string | undefined;
    readonly request_id?: string | undefined;
    readonly suggestions?: readonly string[] | undefined;
  }) {
    super(told.detail);
    this.status = told.status;
    this.code = told.code;
    this.title = told.title;
    this.remedy = told.remedy;
    this.path = told.path;
    this.requestId = told.request_id;
    this.suggestions = told.suggestions ?? [];
  }
}
