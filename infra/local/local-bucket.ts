import path from 'node:path';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CosSettings } from '../../shared/storage/cos-object-store.ts';
import type { LocalCredentials } from './local-credentials.ts';
import {
  type NoticeOutlet,
  type ObjectStoreServer,
  startObjectStore,
} from './object-store/start-object-store.ts';

const region = 'local';

export interface LocalBucketOptions {
  readonly bucket: string;
  readonly stateFolder: string;
  /** Of the HTTP function; the bucket listens on the next one. 0 takes any. */
  readonly port: number;
  readonly credentials: LocalCredentials;
  readonly outlet: NoticeOutlet;
}

/** The bucket of the platform. @throws STATE_IN_USE, STATE_DAMAGED, PORT_IN_USE */
export async function startBucket(options: LocalBucketOptions): Promise<ObjectStoreServer> {
  const { bucket, stateFolder, port, credentials, outlet } = options;
  const { accessKeyId, secretAccessKey } = credentials;
  try {
    return await startObjectStore({
      root: path.join(stateFolder, 'buckets'),
      port: port === 0 ? 0 : port + 1,
      accessKeyId,
      secretAccessKey,
      buckets: [bucket],
      outlet,
    });
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'PORT_IN_USE') throw error;
    const [field, received] = ['port of the bucket, the one after --port', `${port + 1}`];
    throw new EarshotError('PORT_IN_USE', { field, received }, { cause: error });
  }
}

/** The settings by which functions and jobs find the bucket. */
export function cosEnvironment(
  { endpoint, bucket }: CosSettings,
  credentials: Pick<LocalCredentials, 'accessKeyId' | 'secretAccessKey'>,
) {
  return {
    COS_ENDPOINT: endpoint,
    COS_BUCKET: bucket,
    COS_REGION: region,
    COS_ACCESS_KEY_ID: credentials.accessKeyId,
    COS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

export function cosSettingsOf(endpoint: string, bucket: string, credentials: LocalCredentials): CosSettings {
  const { accessKeyId, secretAccessKey } = credentials;
  return { endpoint, bucket, region, credentials: { kind: 'hmac', accessKeyId, secretAccessKey } };
}
