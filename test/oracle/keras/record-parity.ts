import { writeFileSync } from 'node:fs';
import { parityCase, parityModels, recordedSizes } from '../../fixtures/parity/parity-case.ts';
import { formatRecorded } from '../../fixtures/parity/recorded-parity.ts';
import { trainInKeras } from './run-keras.ts';

/**
 * Records test/fixtures/parity/recorded-parity.json, for `npm test`, which has no Keras:
 * `EARSHOT_ORACLE_PYTHON=.venv/oracle/bin/python node infra/typescript/run.mjs test/oracle/keras/record-parity.ts`
 */
export function main(): void {
  const names = Object.keys(parityModels);
  const { keras, results } = trainInKeras(names.map((name) => parityCase(name, recordedSizes)));
  const named = new Map(names.map((name, i) => [name, results[i]!]));
  writeFileSync('test/fixtures/parity/recorded-parity.json', formatRecorded(keras, named));
}
