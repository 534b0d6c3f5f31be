import { accessKeyId, secretAccessKey } from '../../fixtures/object-store/temporary-store.ts';
import { versionOf } from '../programs.ts';
import { linesOf, runProgram, type S3Client } from './s3-client.ts';

export const s3cmd: S3Client = {
  name: 's3cmd',
  version: versionOf('s3cmd', '--version')?.trim() ?? null,
  remedy: 'apt-get install s3cmd',
  open(endpoint, bucket, home) {
    const { host } = new URL(endpoint);
    const options = [
      '--config=/dev/null',
      '--no-ssl',
      // The same host for both: buckets go into the path.
      `--host=${host}`,
      `--host-bucket=${host}`,
      '--region=us-south',
      `--access_key=${accessKeyId}`,
      `--secret_key=${secretAccessKey}`,
      '--multipart-chunk-size-mb=5',
      '--no-progress',
    ];
    const run = (...args: string[]) => runProgram('s3cmd', [...options, ...args], { HOME: home });
    const at = (key: string) => `s3://${bucket}/${key}`;
    return {
      put: (file, key) => run('put', file, at(key)),
      get: (key, file) => run('get', '--force', at(key), file),
      async list(prefix) {
        const lines = linesOf(await run('ls', '--recursive', at(prefix)));
        return lines.map((line) => line.slice(line.indexOf(at('')) + at('').length));
      },
      remove: (key) => run('del', at(key)),
      removeAll: (prefix) => run('del', '--recursive', '--force', at(prefix)),
      syncUp: (folder, prefix) => run('sync', '--delete-removed', `${folder}/`, at(prefix)),
      syncDown: (prefix, folder) => run('sync', '--delete-removed', at(prefix), `${folder}/`),
    };
  },
};
