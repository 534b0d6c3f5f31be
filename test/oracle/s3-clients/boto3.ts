import { fileURLToPath } from 'node:url';
import { oraclePython } from '../oracle-python.ts';
import { versionOf } from '../programs.ts';
import { awsEnvironment, runProgram, type S3Client, type S3Commands } from './s3-client.ts';

const script = fileURLToPath(new URL('boto3-client.py', import.meta.url));
const python = oraclePython ?? 'python3';

export interface Boto3Commands extends S3Commands {
  /** An address that gives the object to anyone, for so many seconds. */
  presign(key: string, seconds: number): Promise<string>;
  /** `written`, or the code of the error. */
  putIfAbsent(key: string): Promise<string>;
}

export const boto3 = {
  name: 'boto3',
  version: versionOf(python, '-c', 'import boto3; print("boto3", boto3.__version__)')?.trim() ?? null,
  remedy: 'pip install boto3',
  open(endpoint: string, bucket: string, home: string): Boto3Commands {
    const run = async <T>(...args: string[]): Promise<T> =>
      JSON.parse(await runProgram(python, [script, endpoint, bucket, ...args], awsEnvironment(home)));
    return {
      put: (file, key) => run('put', file, key),
      get: (key, file) => run('get', key, file),
      list: (prefix) => run('list_keys', prefix),
      remove: (key) => run('remove', key),
      removeAll: (prefix) => run('remove_all', prefix),
      syncUp: (folder, prefix) => run('sync_up', folder, prefix),
      syncDown: (prefix, folder) => run('sync_down', prefix, folder),
      presign: (key, seconds) => run('presign', key, String(seconds)),
      putIfAbsent: (key) => run('put_if_absent', key),
    };
  },
} satisfies S3Client;
