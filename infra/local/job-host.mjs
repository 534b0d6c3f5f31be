import { createRequire } from 'node:module';

// One run of a job: a process that loads the bundle and runs `main()` to its end, as Code Engine runs a container.
const { main } = createRequire(import.meta.url)(process.argv[2]);

// Without the platform there is neither bucket nor anybody to report to.
process.on('disconnect', () => process.exit(1));
// Ctrl-C in a terminal reaches every process there; the platform asks its jobs to end with SIGTERM.
process.on('SIGINT', () => {});
// The channel is only there to tell when the platform is gone; it keeps no job alive.
process.channel.unref();
await main();
