export interface Asking {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export interface Client {
  /** JSON of a path of this origin; asks for an API key when one is needed. @throws Problem */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, asking: Asking): Promise<T>;
  /** Where it asks. */
  readonly origin: string;
  /** Whether a key goes with every request. */
  readonly keyed: boolean;
}
