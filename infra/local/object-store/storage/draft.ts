import { closeSync, fdatasync, openSync, rmSync, write, writeSync } from 'node:fs';
import type { DurableFolder } from './durable-folder.ts';
import { encodeTrailer } from './object-file.ts';

/** Up to here an object is kept in memory and written in one piece. */
const inMemory = 256 * 1024;
/** Larger objects go to the disk in pieces of about this size. */
const pieceSize = 1024 * 1024;

/**
 * A stored file in the making, under a temporary name until it is adopted by its folder. File-system calls on the
 * page cache are made synchronously: they take some 10 µs, a hop to the thread pool costs more; what waits for the
 * disk (fdatasync) or is large is asynchronous.
 */
export class Draft {
  readonly path: string;
  #descriptor: number | null = null;
  #pieces: Buffer[] = [];
  #pending = 0;
  #onDisk = false;
  /** Bytes of content so far. */
  size = 0;

  constructor(path: string) {
    this.path = path;
  }

  async append(chunk: Buffer): Promise<void> {
    this.#pieces.push(chunk);
    this.#pending += chunk.length;
    this.size += chunk.length;
    const limit = this.#descriptor === null ? inMemory : pieceSize;
    if (this.#pending > limit) await this.#flush();
  }

  /** Ends the file with its record and waits until it is on the disk. */
  async seal(record: object): Promise<void> {
    this.#pieces.push(encodeTrailer(record));
    const descriptor = this.#open();
    if (this.size <= inMemory) writeAllSync(descriptor, this.#take());
    else await this.#flush();
    await new Promise<void>((resolve, reject) => {
      fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
    this.#close();
  }

  /** Moves the sealed file to its place, where readers find it. */
  adoptInto(folder: DurableFolder, name: string): void {
    folder.adopt(this.path, name);
    this.#onDisk = false;
  }

  /** Forgets the file, unless it was adopted. */
  discard(): void {
    this.#close();
    if (this.#onDisk) rmSync(this.path, { force: true });
    this.#onDisk = false;
  }

  #open(): number {
    if (this.#descriptor === null) {
      this.#descriptor = openSync(this.path, 'wx');
      this.#onDisk = true;
    }
    return this.#descriptor;
  }

  #close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#pieces = [];
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#pending = 0;
    return bytes;
  }

  async #flush(): Promise<void> {
    const descriptor = this.#open();
    const bytes = this.#take();
    for (let at = 0; at < bytes.length; ) {
      at += await new Promise<number>((resolve, reject) => {
        write(descriptor, bytes, at, (error, written) => (error === null ? resolve(written) : reject(error)));
      });
    }
  }
}

function writeAllSync(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
