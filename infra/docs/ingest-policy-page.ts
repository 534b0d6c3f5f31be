import { fixedCodes } from '../../shared/dataset/anomaly-policy.ts';
import { datasetPolicyRules, type Severity, uploadPolicyRules } from '../../shared/dataset/anomaly-rules.ts';
import { type AnomalyCode, catalogue } from '../../shared/errors/catalogue.ts';

type Rules = Readonly<
  Record<string, { readonly allowed: readonly [Severity, ...Severity[]]; readonly tolerated: string }>
>;

/** `docs/ingest-policy.md`, from the policy's rules and the catalogue. */
export function ingestPolicyPage(): string {
  return [
    '# Which anomalies are errors',
    '',
    'Made from `shared/dataset/anomaly-rules.ts` and the error catalogue by `npm run docs`; do not edit.',
    '',
    '`policy` in `datasets/<dataset>.json` says for each code whether it is an `error`, a `warning`, or something to',
    '`ignore`, for example:',
    '',
    '```json',
    '{ "policy": { "LABELS_EMPTY": "error", "FRAMES_OUT_OF_RANGE": "warning", "LEAKED_CLIP": "error" } }',
    '```',
    '',
    'What is absent has its default. Anything else is refused with `DATASET_CONFIG_INVALID`, which names the path, what is',
    'allowed there, and what was found; uploads wait until it is mended.',
    '',
    '## In a file',
    '',
    'An error puts the record into `quarantine/`; a warning keeps it, with a note in the receipt; ignored, it is kept with no',
    'note.',
    '',
    ...table(uploadPolicyRules),
    '',
    '## Among the files of a dataset',
    '',
    'An error refuses every run with `SNAPSHOT_REFUSED` until it is mended; a warning leaves the clip out and the run goes on.',
    '',
    ...table(datasetPolicyRules),
    '',
    '## Always an error',
    '',
    'The record cannot be read, or is no clip of the dataset: there is nothing that could be kept.',
    '',
    '| code | what happened |',
    '|---|---|',
    ...fixedCodes.map((code) => `| \`${code}\` | ${catalogue[code].message} |`),
    '',
    '## When the policy changes',
    '',
    'A receipt holds the part of the policy that it depends on: the codes that its file was found to have. It follows from the',
    "source's ETag and the configuration, and from nothing else. So a change concerns just the uploads whose receipt names the",
    'changed code with another severity. The sweep judges them anew, and so does start-training before it settles the dataset;',
    'the others are left as they are, their shards too. In the same way `evalShare` concerns uploads to `all` alone. A dataset',
    'with `autoTrain` then asks for a run, though no clip is new.',
    '',
  ].join('\n');
}

function table(rules: Rules): string[] {
  return [
    '| code | what happened | default | may be | when it is no error |',
    '|---|---|---|---|---|',
    ...Object.entries(rules).map(([code, { allowed, tolerated }]) => {
      const { message } = catalogue[code as AnomalyCode];
      return `| \`${code}\` | ${message} | \`${allowed[0]}\` | ${allowed.map((one) => `\`${one}\``).join(', ')} | ${tolerated} |`;
    }),
  ];
}
