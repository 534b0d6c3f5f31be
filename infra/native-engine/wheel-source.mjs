import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { howItEnded, megabytes, run, SetupError, seconds, tail } from './run-command.mjs';

/** The wheel that was tried, and what is taken from it. Another one is another file: measure before changing it. */
export const wheel = {
  requirement: 'tensorflow-cpu==2.14.1',
  sha256: '7f9d705b4d57acc5835de9d926515a70535e3a178a89ad59f0d380503b69f705',
  target: ['--python-version', '311', '--implementation', 'cp', '--abi', 'cp311'],
  platforms: ['--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'],
  libraries: {
    'libtensorflow_cc.so.2': '81c9faec060c9a7645e987de6fc38d94b574d19fbe42d4633b947507ea86cf3e',
    'libtensorflow_framework.so.2': 'a3510ada0506353679205e06b0b74cbe95f84f24540a24a61b18d384eb6566a5',
  },
};

const members = [
  ...Object.keys(wheel.libraries).map((name) => `tensorflow/${name}`),
  'tensorflow/THIRD_PARTY_NOTICES.txt',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tensorflow/tsl/c/',
  'tensorflow/include/tensorflow/tsl/platform/ctstring',
];

const unzipMembers = [
  'import sys, zipfile',
  'archive = zipfile.ZipFile(sys.argv[1])',
  'wanted = tuple(sys.argv[3:])',
  'archive.extractall(sys.argv[2], [name for name in archive.namelist() if name.startswith(wanted)])',
].join('\n');

const cacheRoot = path.join(
  process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'),
  'earshot/native-engine',
);

/** Everything made from this wheel is kept here, across `npm ci`. */
export const wheelCache = path.join(
  cacheRoot,
  `${wheel.requirement.replace('==', '-')}-${wheel.sha256.slice(0, 12)}`,
);

async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** True if the libraries are in the cache and are, byte for byte, the wheel's. */
export async function isUnpacked() {
  for (const [name, expected] of Object.entries(wheel.libraries)) {
    const file = path.join(wheelCache, 'tensorflow', name);
    if (!existsSync(file) || (await sha256Of(file)) !== expected) return false;
  }
  return true;
}

/** Puts the wheel's libraries and headers into the cache. `given`: a wheel the user fetched in some other way. */
export async function unpackWheel(given, say) {
  mkdirSync(cacheRoot, { recursive: true });
  const scratch = mkdtempSync(path.join(cacheRoot, 'unpacking-'));
  const clean = () => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', clean); // An interrupted run leaves no 800 MB behind.
  try {
    const started = performance.now();
    const file = given ? path.resolve(process.env['INIT_CWD'] ?? '.', given) : await download(scratch);
    await verifyWheel(file);
    say(
      `${path.basename(file)}, ${megabytes(statSync(file).size)}, sha256 ${wheel.sha256} as pinned, ${seconds(started)}`,
    );
    const unpacked = path.join(scratch, 'unpacked');
    const result = await run('python3', ['-c', unzipMembers, file, unpacked, ...members]);
    if (!result.ok) {
      throw new SetupError(
        'The wheel could not be unpacked.',
        `python3: ${howItEnded(result)}\n${tail(result)}`,
        `free some disk space (650 MB are needed under ${cacheRoot}) and run \`npm run setup:native\` again`,
      );
    }
    rmSync(wheelCache, { recursive: true, force: true });
    renameSync(unpacked, wheelCache);
  } finally {
    clean();
    process.off('exit', clean);
  }
}

/** Through the ordinary pip client: its configuration decides the index, its `--require-hashes` refuses another file. */
async function download(folder) {
  const pip = await run('python3', ['-m', 'pip', '--version'], { timeoutMs: 30_000 });
  if (!pip.ok) {
    throw new SetupError(
      'The TensorFlow wheel cannot be downloaded: there is no pip.',
      `\`python3 -m pip --version\`: ${howItEnded(pip)}`,
      `install it (on Debian: apt-get install python3-pip), or fetch ${wheel.requirement} for CPython 3.11 on x86-64 ` +
        'elsewhere and run `npm run setup:native -- --wheel <file>`',
    );
  }
  const requirements = path.join(folder, 'requirements.txt');
  await writeFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const options = [
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--no-input',
    '--progress-bar',
    'off',
  ];
  const where = ['--dest', folder, '--requirement', requirements];
  const command = ['-m', 'pip', 'download', ...options, ...wheel.target, ...wheel.platforms, ...where];
  const result = await run('python3', command, { timeoutMs: 1_800_000 });
  const file = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (!result.ok || !file) {
    throw new SetupError(
      'The TensorFlow wheel could not be downloaded.',
      `pip: ${howItEnded(result)}\n${tail(result)}`,
      'check that pip reaches its index (`python3 -m pip config list`), or fetch the wheel elsewhere and run ' +
        '`npm run setup:native -- --wheel <file>`',
    );
  }
  return path.join(folder, file);
}

async function verifyWheel(file) {
  if (!existsSync(file)) {
    throw new SetupError(
      'There is no wheel to read.',
      `no such file: ${file}`,
      'give the path of the wheel to --wheel',
    );
  }
  const actual = await sha256Of(file);
  if (actual === wheel.sha256) return;
  throw new SetupError(
    'The wheel is not the one this project was tried with; it was not used.',
    `its sha256 is ${actual}, pinned is ${wheel.sha256}`,
    `fetch ${wheel.requirement} for CPython 3.11 on x86-64 (manylinux2014) again, from an index you trust`,
  );
}
