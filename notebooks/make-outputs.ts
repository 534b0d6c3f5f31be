import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createReporter } from '../infra/local/reporter.ts';
import { executeNotebook, platformWithModel } from './execute-on-platform.ts';

/**
 * `npm run notebook`: makes the outputs of evaluate.ipynb again, from the synthetic set on the local platform. Takes the
 * Python with notebooks/requirements.txt that EARSHOT_ORACLE_PYTHON names, else that of .venv/oracle.
 */
export async function main(): Promise<number> {
  const root = process.cwd();
  const python = process.env['EARSHOT_ORACLE_PYTHON'] ?? path.join(root, '.venv/oracle/bin/python');
  const folder = await mkdtemp(path.join(tmpdir(), 'earshot-notebook-'));
  try {
    const { platform } = await platformWithModel(root, folder, createReporter(process.stderr));
    try {
      await executeNotebook(platform, python, root, path.join(root, 'notebooks/evaluate.ipynb'));
    } finally {
      await platform.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
}
