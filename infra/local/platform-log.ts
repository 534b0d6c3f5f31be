import { createWriteStream, renameSync, statSync } from 'node:fs';

/** A log above this is moved aside when the platform starts, over the one before. */
const largeBytes = 16 * 1024 * 1024;

/** What functions and jobs print, a line each with its source in front. */
export interface PlatformLog {
  write(source: string, line: string): void;
  close(): Promise<void>;
}

export function openPlatformLog(file: string): PlatformLog {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > largeBytes) renameSync(file, `${file}.old`);
  const stream = createWriteStream(file, { flags: 'a' });
  let lost = false;
  // A full disk must not end the platform; the objects have their own say about that.
  stream.on('error', () => (lost = true));
  return {
    write(source, line) {
      // The last words of a process may come when everything is closed.
      if (!lost && !stream.writableEnded) stream.write(`${source} ${line}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        if (lost) resolve();
        else stream.end(() => resolve());
      }),
  };
}
