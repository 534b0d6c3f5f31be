/** How to reach one bucket of IBM Cloud Object Storage, or of a store that speaks the same protocol. */
export interface CosSettings {
  /** With scheme, e.g. `https://s3.direct.us-south.cloud-object-storage.appdomain.cloud`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Part of every HMAC signature, e.g. `us-south`. */
  readonly region: string;
  readonly credentials: HmacCredentials | IamCredentials;
}

export interface HmacCredentials {
  readonly kind: 'hmac';
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface IamCredentials {
  readonly kind: 'iam';
  readonly apiKey: string;
  /** Cloud resource name (CRN) or GUID of the object storage instance. */
  readonly serviceInstanceId: string;
  /** Where API keys are exchanged for tokens; IBM Cloud's when absent. */
  readonly tokenEndpoint?: string;
}
