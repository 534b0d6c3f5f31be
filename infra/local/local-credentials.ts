import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { EarshotError } from '../../shared/errors/earshot-error.ts';

const credentialsSchema = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  /** Stands for the IBM Cloud API key with which job runs are started. */
  apiKey: z.string().min(1),
});
export type LocalCredentials = z.infer<typeof credentialsSchema>;

/**
 * Made at the first start and kept in the state folder, readable by the user alone.
 * @throws STATE_DAMAGED
 */
export async function localCredentials(stateFolder: string): Promise<LocalCredentials> {
  const file = path.join(stateFolder, 'credentials.json');
  const existing = await read(file);
  if (existing !== null) return existing;
  const made: LocalCredentials = {
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
    apiKey: randomBytes(20).toString('hex'),
  };
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  try {
    // A link is made whole or not at all; of two platforms that start at once, one makes the credentials.
    await link(draft, file);
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await read(file)) ?? made;
  } finally {
    await rm(draft, { force: true });
  }
}

async function read(file: string): Promise<LocalCredentials | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return credentialsSchema.parse(JSON.parse(text));
  } catch (cause) {
    const expected = 'the credentials that the first start wrote';
    throw new EarshotError('STATE_DAMAGED', { file, expected, received: 'something else' }, { cause });
  }
}
