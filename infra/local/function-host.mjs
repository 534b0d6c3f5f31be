import { createRequire } from 'node:module';

// One instance of a function: a process that loads the bundle and answers `main(params)` for each message, as Code
// Engine does. The parent watches time and memory.
const { main } = createRequire(import.meta.url)(process.argv[2]);

process.on('message', async ({ id, params }) => {
  try {
    process.send({ id, result: await main(params) });
  } catch (error) {
    process.send({ id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
// Without the platform there is nobody to answer.
process.on('disconnect', () => process.exit());
// Ctrl-C in a terminal reaches every process there; the platform decides when its functions end.
process.on('SIGINT', () => {});
setInterval(() => process.send({ rss: process.memoryUsage.rss() }), 500).unref();
process.send({ ready: true });
