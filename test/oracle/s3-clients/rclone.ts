import { accessKeyId, secretAccessKey } from '../../fixtures/object-store/temporary-store.ts';
import { versionOf } from '../programs.ts';
import { linesOf, runProgram, type S3Client } from './s3-client.ts';

export const rclone: S3Client = {
  name: 'rclone',
  version: versionOf('rclone', 'version')?.split('\n')[0] ?? null,
  remedy: 'apt-get install rclone',
  open(endpoint, bucket, home) {
    const env = {
      HOME: home,
      RCLONE_CONFIG_STORE_TYPE: 's3',
      RCLONE_CONFIG_STORE_PROVIDER: 'IBMCOS',
      RCLONE_CONFIG_STORE_ENDPOINT: endpoint,
      RCLONE_CONFIG_STORE_ACCESS_KEY_ID: accessKeyId,
      RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: secretAccessKey,
      RCLONE_CONFIG_STORE_REGION: 'us-south',
      RCLONE_S3_UPLOAD_CUTOFF: '5M',
      RCLONE_S3_CHUNK_SIZE: '5M',
    };
    const run = (...args: string[]) => runProgram('rclone', ['--config', '', '--quiet', ...args], env);
    const at = (key: string) => `store:${bucket}/${key}`;
    return {
      put: (file, key) => run('copyto', file, at(key)),
      get: (key, file) => run('copyto', at(key), file),
      async list(prefix) {
        const names = linesOf(await run('lsf', '--recursive', '--files-only', at(prefix)));
        return names.map((name) => prefix + name);
      },
      remove: (key) => run('deletefile', at(key)),
      removeAll: (prefix) => run('delete', at(prefix)),
      syncUp: (folder, prefix) => run('sync', folder, at(prefix)),
      syncDown: (prefix, folder) => run('sync', at(prefix), folder),
    };
  },
};
