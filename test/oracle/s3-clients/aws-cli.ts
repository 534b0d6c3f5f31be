import { programsNamed, versionOf } from '../programs.ts';
import { awsEnvironment, linesOf, runProgram, type S3Client } from './s3-client.ts';

const found = programsNamed('aws').map((program) => ({
  program,
  version: versionOf(program, '--version')?.trim() ?? null,
}));

export interface AwsCli extends S3Client {
  /** Runs any command of it. */
  run(endpoint: string, home: string, args: readonly string[]): Promise<string>;
}

/** Both lines of the AWS CLI differ in how they sign, sum and retry. */
export const awsClis: readonly AwsCli[] = [
  awsCli(1, 'pip install awscli'),
  awsCli(2, 'apt-get install awscli (Debian 12)'),
];

function awsCli(major: number, remedy: string): AwsCli {
  const cli = found.find(({ version }) => version?.startsWith(`aws-cli/${major}.`));
  const run = (endpoint: string, home: string, args: readonly string[]) =>
    runProgram(cli?.program ?? 'aws', ['--endpoint-url', endpoint, ...args], awsEnvironment(home));
  return {
    name: `AWS CLI v${major}`,
    version: cli?.version ?? null,
    remedy,
    run,
    open(endpoint, bucket, home) {
      const s3 = (...args: string[]) => run(endpoint, home, ['s3', ...args]);
      const at = (key: string) => `s3://${bucket}/${key}`;
      const quiet = '--only-show-errors';
      return {
        put: (file, key) => s3('cp', quiet, file, at(key)),
        get: (key, file) => s3('cp', quiet, at(key), file),
        async list(prefix) {
          const lines = linesOf(await s3('ls', '--recursive', at(prefix)));
          return lines.map((line) => line.replace(/^\S+ +\S+ +\d+ /, ''));
        },
        remove: (key) => s3('rm', quiet, at(key)),
        removeAll: (prefix) => s3('rm', quiet, '--recursive', at(prefix)),
        syncUp: (folder, prefix) => s3('sync', quiet, '--delete', folder, at(prefix)),
        syncDown: (prefix, folder) => s3('sync', quiet, '--delete', at(prefix), folder),
      };
    },
  };
}
