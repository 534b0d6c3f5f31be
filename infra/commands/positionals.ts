/** Commands that take words without a name, and the option that each word becomes; the last may repeat. */
export const positionals: Readonly<Record<string, readonly string[]>> = {
  upload: ['path'],
  'data convert': ['embeddings'],
  'data report': ['dataset'],
  replay: ['key'],
  search: ['label'],
  train: ['dataset'],
  models: ['model'],
  promote: ['model', 'to'],
  rollback: ['model'],
  candidate: ['model', 'to'],
};
