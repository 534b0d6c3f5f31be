import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const credentialsSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  /** Stands for the IBM Cloud API key with which job runs are started. */
  apiKey: z.string(),
});
export type LocalCredentials = z.infer<typeof credentialsSchema>;

/** Made at the first start and kept in the state folder, readable by the user alone. */
export async function localCredentials(stateFolder: string): Promise<LocalCredentials> {
  const file = path.join(stateFolder, 'credentials.json');
  const existing = await readFile(file, 'utf8').catch(() => null);
  if (existing !== null) return credentialsSchema.parse(JSON.parse(existing));
  const made: LocalCredentials = {
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
    apiKey: randomBytes(20).toString('hex'),
  };
  await mkdir(stateFolder, { recursive: true });
  await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
}
