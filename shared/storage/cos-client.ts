import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import S3 from 'ibm-cos-sdk/clients/s3.js';
import type { CosSettings } from './cos-settings.ts';

/** Enough for every stage's parallelism; the SDK's own default opens a connection for each request. */
const sockets = 64;
/** Five retries, after at most 0.1, 0.2, 0.4, 0.8 and 1.6 s (chosen at random up to there). */
const retries = { maxRetries: 5, retryDelayOptions: { base: 100 } };
/** Milliseconds until a connection, and milliseconds without a byte. */
const patience = { connectTimeout: 5_000, timeout: 60_000 };

/** The SDK's client. Only the files beside this one know of it. */
export function createCosClient({ endpoint, region, credentials }: CosSettings): S3 {
  const AgentOfScheme = endpoint.startsWith('https:') ? HttpsAgent : HttpAgent;
  return new S3({
    endpoint,
    region,
    // Virtual hosts would need DNS for every bucket, and TLS certificates do not cover names with dots.
    s3ForcePathStyle: true,
    ...retries,
    // What is sent is built here, and the store checks it.
    paramValidation: false,
    httpOptions: { ...patience, agent: new AgentOfScheme({ keepAlive: true, maxSockets: sockets }) },
    ...(credentials.kind === 'hmac'
      ? {
          signatureVersion: 'v4',
          credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey },
        }
      : {
          signatureVersion: 'iam',
          apiKeyId: credentials.apiKey,
          serviceInstanceId: credentials.serviceInstanceId,
          ...(credentials.tokenEndpoint === undefined ? {} : { ibmAuthEndpoint: credentials.tokenEndpoint }),
        }),
  });
}
