import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainClient } from '../../fixtures/object-store/temporary-store.ts';
import { bucketNamed, type Check, type Sight, type Subject } from './check.ts';
import { s3Checks } from './s3-checks.ts';

/** Of each check that a server is known to fail: what is seen instead of what is expected. */
export type Deviations = Readonly<Record<string, Readonly<Record<string, string | Sometimes>>>>;

/** Seen only now and then, as of a race. */
export interface Sometimes {
  readonly atTimes: string;
}

export interface RunningServer {
  readonly url: string;
  /** A LocationConstraint that it takes for a new bucket. */
  readonly location: string;
  close(): Promise<void>;
}

/** Holds a server to every check; it must deviate exactly as listed, so that the list stays true. */
export function s3Conformance(
  name: string,
  open: () => Promise<RunningServer>,
  deviations: Deviations = {},
): void {
  describe(`the S3 protocol, as ${name} speaks it:`, () => {
    let server: RunningServer | undefined;
    let subject: Subject;
    beforeAll(async () => {
      server = await open();
      const { url, location } = server;
      subject = { url, location, client: plainClient(url), bucket: 'conformance' };
      await subject.client.createBucket(bucketNamed(subject, subject.bucket)).promise();
    });
    afterAll(async () => {
      await server?.close();
    });

    it.each(s3Checks)('$name', async (check) => {
      const seen = await sightOf(check, subject);
      const wanted: Record<string, string> = { ...check.expected };
      for (const [what, how] of Object.entries(deviations[check.name] ?? {})) {
        if (typeof how === 'string') wanted[what] = how;
        else if (seen[what] === how.atTimes) wanted[what] = how.atTimes;
      }
      expect(seen).toEqual(wanted);
    });
  });
}

/** An error that the check is not about stands for everything that it would have seen. */
async function sightOf(check: Check, subject: Subject): Promise<Sight> {
  try {
    return await check.observe(subject);
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    if (code === undefined) throw error;
    return Object.fromEntries(Object.keys(check.expected).map((label) => [label, `${statusCode} ${code}`]));
  }
}
