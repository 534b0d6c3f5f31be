import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { accessKeyId, secretAccessKey } from '../../fixtures/object-store/temporary-store.ts';

/** A program that people use on object stores, as it comes. Buckets and keys are those of the store. */
export interface S3Client {
  readonly name: string;
  /** What it says of itself; null when it is not installed. */
  readonly version: string | null;
  /** How to install it. */
  readonly remedy: string;
  /** Its commands for one store. `home` is a folder for its own files. */
  open(endpoint: string, bucket: string, home: string): S3Commands;
}

export interface S3Commands {
  put(file: string, key: string): Promise<unknown>;
  get(key: string, file: string): Promise<unknown>;
  /** The keys below a prefix that ends in a slash. */
  list(prefix: string): Promise<readonly string[]>;
  remove(key: string): Promise<unknown>;
  removeAll(prefix: string): Promise<unknown>;
  /** Makes what is below the prefix the same as the folder: sends what differs, deletes the rest. */
  syncUp(folder: string, prefix: string): Promise<unknown>;
  syncDown(prefix: string, folder: string): Promise<unknown>;
}

/** Runs a program with nothing of this machine's settings but PATH, and gives its output. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const options = {
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...env },
    maxBuffer: 64 * 1024 * 1024,
  };
  return (await promisify(execFile)(program, args, options)).stdout;
}

/** The account and region of the store, as the AWS programs and libraries take them. */
export function awsEnvironment(home: string): Record<string, string> {
  return {
    HOME: home,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: 'us-south',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The lines of an output, without the empty one at its end. */
export function linesOf(output: string): readonly string[] {
  return output.split('\n').filter((line) => line !== '');
}
