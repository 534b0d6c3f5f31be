// `npm run setup:native`: the one route to the native engine. See docs/native-engine.md.
import { parseArgs } from 'node:util';
import { installOfficial } from './official-source.mjs';
import { SetupError, seconds } from './run-command.mjs';
import { clearNativeHalf, findAddon, findPackage } from './tfjs-node-package.mjs';
import { describe, verify } from './verify.mjs';
import { buildAddon, forgetAddon, keepAddon, placeLibraries, restoreAddon } from './wheel-addon.mjs';
import { isUnpacked, unpackWheel, wheel, wheelCache } from './wheel-source.mjs';

const usage = `Usage: npm run setup:native [-- <options>]

Makes @tensorflow/tfjs-node work: its official binary where that can be reached, else TensorFlow's library
from a pinned Python wheel. Does nothing if it works already.

  --source official|wheel   only this source
  --wheel <file>            use this wheel instead of downloading it (its checksum must be the pinned one)
  --force                   set it up again although it works
  --help                    this text`;

const remains = 'Nothing else needs it: training and serving also run on the WASM engine, more slowly.';
const started = performance.now();
const say = (line) => console.log(line);

function readOptions() {
  const options = {
    source: { type: 'string' },
    wheel: { type: 'string' },
    force: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  };
  try {
    const { values } = parseArgs({ options });
    if (values.source && !['official', 'wheel'].includes(values.source)) {
      throw new Error(`--source is official or wheel, not ${values.source}`);
    }
    return values.wheel ? { ...values, source: 'wheel' } : values;
  } catch (error) {
    throw new SetupError('The options make no sense.', error.message, 'see `npm run setup:native -- --help`');
  }
}

function requireSupportedNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 23) return;
  throw new SetupError(
    `The native engine does not run on Node.js ${process.versions.node}.`,
    '@tensorflow/tfjs-node 4.22.0 calls util.isNullOrUndefined, which Node.js 23 removed; no later release exists',
    'use Node.js 20 or 22, or the WASM engine',
  );
}

function requireWheelPlatform() {
  const glibc = process.report?.getReport().header.glibcVersionRuntime;
  if (process.platform === 'linux' && process.arch === 'x64' && glibc) return;
  const libc = process.platform === 'linux' && !glibc ? ' without glibc' : '';
  throw new SetupError(
    `There is no verified route to the native engine on ${process.platform} ${process.arch}${libc}.`,
    'the official binary was not to be had, and the wheel route is for Linux x64 with glibc, the only platform tried',
    'use the WASM engine: nothing needs to be set up for it',
  );
}

async function fromOfficial(tfjsNode) {
  clearNativeHalf(tfjsNode);
  const official = await installOfficial(tfjsNode);
  say(`Official binary: ${official.said}`);
  if (!official.ok) return undefined;
  const verified = await verify();
  if (verified.ok) return verified;
  say(`Official binary: it does not work here: ${verified.reason}`);
  clearNativeHalf(tfjsNode);
  return undefined;
}

async function fromWheel(tfjsNode, given) {
  requireWheelPlatform();
  try {
    return await installWheel(tfjsNode, given);
  } catch (error) {
    clearNativeHalf(tfjsNode);
    throw error;
  }
}

async function installWheel(tfjsNode, given) {
  const cached = await isUnpacked();
  if (cached) say(`Wheel: ${wheel.requirement} is in the cache, ${wheelCache}, checksums as pinned`);
  else await unpackWheel(given, (line) => say(`Wheel: ${line}`));
  placeLibraries(tfjsNode);
  if (restoreAddon(tfjsNode)) {
    const verified = await verify();
    if (verified.ok) return verified;
    say(`Wheel: the addon in the cache does not work here (${verified.reason}); compiling it again`);
    forgetAddon(tfjsNode);
    placeLibraries(tfjsNode);
  }
  await buildAddon(tfjsNode, (line) => say(`Wheel: ${line}`));
  const verified = await verify();
  if (verified.ok) {
    keepAddon(tfjsNode);
    return verified;
  }
  throw new SetupError(
    'The native engine was built, but it does not work here; it was taken away again.',
    verified.reason,
    'use the WASM engine, and please report this with the output above',
  );
}

async function setUp() {
  const options = readOptions();
  if (options.help) return say(usage);
  requireSupportedNode();
  const tfjsNode = findPackage();
  const before = findAddon(tfjsNode)
    ? await verify()
    : { ok: false, reason: 'its native addon is not there' };
  if (before.ok && !options.force) {
    return say(`The native engine works already: ${describe(before.facts)}. (${seconds(started)})`);
  }
  say(
    before.ok
      ? 'The native engine works; set up again.'
      : `The native engine does not work yet: ${before.reason}.`,
  );
  const useCache = !options.source && !options.force && (await isUnpacked());
  const official = options.source === 'wheel' || useCache ? undefined : await fromOfficial(tfjsNode);
  if (!official && options.source === 'official') {
    throw new SetupError(
      'The official binary could not be set up.',
      'see the lines above',
      'run `npm run setup:native` without --source, so that the wheel is tried too',
    );
  }
  const verified = official ?? (await fromWheel(tfjsNode, options.wheel));
  say(`The native engine works: ${describe(verified.facts)}. (${seconds(started)})`);
}

try {
  await setUp();
} catch (error) {
  const told =
    error instanceof SetupError
      ? error
      : new SetupError(
          'The native engine could not be set up.',
          error.stack,
          'report this with the lines above',
        );
  console.error(`${told.message}\n${remains}`);
  process.exitCode = 1;
}
