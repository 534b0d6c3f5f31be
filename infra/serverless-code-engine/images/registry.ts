/** A container registry that speaks the Registry v2 protocol. */
export interface Registry {
  /** As image references name it, e.g. `de.icr.io` or `127.0.0.1:5000`. */
  readonly host: string;
}
