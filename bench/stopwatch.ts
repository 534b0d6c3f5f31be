import type { Taken } from './train-ours.ts';

/** Adds up the time between its starts and stops, of the clock and of processors. */
export class Stopwatch {
  #wall = 0;
  #cpu = 0;
  #began: { wall: number; cpu: number } | null = null;

  start(): void {
    this.#began ??= now();
  }

  /** Seconds since the first start, without the pauses. */
  stop(): Taken {
    if (this.#began !== null) {
      const { wall, cpu } = now();
      this.#wall += wall - this.#began.wall;
      this.#cpu += cpu - this.#began.cpu;
      this.#began = null;
    }
    return { wall: this.#wall, cpu: this.#cpu };
  }
}

function now(): { wall: number; cpu: number } {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}
