import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/oracle/**', 'node_modules/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a busy machine trips is tried once more; Vitest marks it `retry x1`, and it wants mending all the same.
    retry: process.env['CI'] ? 1 : 0,
    expect: { poll: { timeout: 10_000 } },
    // Many tests wait for other processes, so two go well on two cores; Vitest would take one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
