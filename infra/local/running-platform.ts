import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { cosSettings } from '../../shared/config/settings.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

const runningSchema = z.object({
  /** Of the process that serves. */
  pid: z.int(),
  predictUrl: z.string(),
  cos: z.record(z.string(), z.string()),
  /** Where dead letters are listed and events replayed, and the key for it. */
  events: z.object({ url: z.string(), key: z.string() }),
});
/** What `running.json` in the state folder says while a platform is up. */
export type RunningPlatform = z.infer<typeof runningSchema>;

const fileIn = (stateFolder: string) => path.join(stateFolder, 'running.json');

/** Lets other commands find the platform; readable by the user alone, as it holds the bucket's keys. */
export async function announcePlatform(stateFolder: string, running: RunningPlatform): Promise<void> {
  await writeFile(fileIn(stateFolder), `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
}

export async function withdrawPlatform(stateFolder: string): Promise<void> {
  await rm(fileIn(stateFolder), { force: true });
}

/** The platform that runs on the state folder. @throws PLATFORM_NOT_RUNNING */
export async function findPlatform(stateFolder: string): Promise<RunningPlatform> {
  const text = await readFile(fileIn(stateFolder), 'utf8').catch(() => null);
  const running = text === null ? null : runningSchema.safeParse(JSON.parse(text)).data;
  if (running && isAlive(running.pid)) return running;
  throw new EarshotError('PLATFORM_NOT_RUNNING', { file: stateFolder });
}

/**
 * The bucket that a command works on: the one that COS_ENDPOINT and its fellows name, else that of the platform that
 * runs on the state folder.
 * @throws PLATFORM_NOT_RUNNING, SETTING_INVALID
 */
export async function openBucket(stateFolder: string): Promise<ObjectStore> {
  if (process.env['COS_ENDPOINT']) return openCosObjectStore(cosSettings(process.env));
  return openCosObjectStore(cosSettings((await findPlatform(stateFolder)).cos));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
