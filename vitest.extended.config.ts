import { defineConfig } from 'vitest/config';

/** What needs the native engine, PyPI oracles, Debian servers or the briefing's real data: `npm run test:extended`. */
export default defineConfig({
  test: {
    include: ['test/oracle/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
    retry: process.env['CI'] ? 1 : 0,
    fileParallelism: false,
  },
});
