import { networksOf, type ServedSpec } from './ensemble.ts';
import type { ModelSpec } from './model-spec.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { Precision } from './stored-weights.ts';

/** What a card tells beside what the model itself says. */
export interface CardFacts {
  readonly name: string;
  readonly version: string;
  readonly spec: ServedSpec;
  readonly preprocessing: Preprocessing;
  readonly precision: Precision;
  /** Null when float32 was asked for. */
  readonly rounding: {
    readonly split: string;
    readonly clips: number;
    readonly largestScoreDifference: number | null;
    readonly mAPDifference: number | null;
  } | null;
  /** Numbers in the model. */
  readonly parameters: number;
  readonly metrics: {
    readonly mAP: number;
    readonly AUC: number;
    readonly dPrime: number;
    readonly evaluated: number;
    readonly labels: number;
    /** mAP of a model that knows only how frequent each label is. */
    readonly priorMAP: number;
  };
  /** The networks of an ensemble, each by itself on the same clips. */
  readonly members?:
    | readonly { readonly seed: number; readonly steps: number; readonly mAP: number }[]
    | null;
  readonly clips: { readonly train: number; readonly validation: number; readonly eval: number };
  readonly lineage: {
    readonly run: string;
    readonly dataset: string;
    readonly snapshot: string;
    readonly engine: string;
    readonly seed: number;
  };
}

/** The model card (Mitchell et al. 2019), as Markdown. */
export function modelCard(facts: CardFacts): string {
  const { name, version, spec, lineage, metrics, clips } = facts;
  const { maxFrames, width, labels } = spec;
  return [
    `# ${name}, version ${version}`,
    '',
    `Scores clips of audio embeddings for ${labels} labels (\`labels.csv\`). Made by Earshot.`,
    '',
    '## Use',
    '',
    'A TensorFlow.js graph model: `tf.loadGraphModel` loads `model.json`.',
    '',
    `- in: \`frames\` float32 [clips, ${maxFrames}, ${width}], ${inputText(facts.preprocessing)}; zero behind a clip's end`,
    `- in: \`mask\` float32 [clips, ${maxFrames}], 1 for each frame of the clip and 0 behind its end, at least one 1`,
    `- out: \`probabilities\` float32 [clips, ${labels}] in [0, 1], each label for itself`,
    '',
    '## Model',
    '',
    ...modelLines(facts),
    '- batch norm and the standardisation of the input are folded into the dense layers',
    `- ${precisionText(facts)}`,
    '',
    '## Data',
    '',
    `- trained on ${clips.train} clips of \`${lineage.dataset}\`, ${clips.validation} set aside to choose by`,
    `- snapshot \`${lineage.snapshot}\`, run \`${lineage.run}\`, seed ${lineage.seed}, engine ${lineage.engine}`,
    '',
    '## Measured',
    '',
    `On ${clips.eval} eval clips, as stored; unweighted means over the ${metrics.evaluated} of ${metrics.labels} labels that can be measured.`,
    '',
    '| mAP | AUC | d-prime (of the mean AUC) | mAP of the prior |',
    '|---|---|---|---|',
    `| ${[metrics.mAP, metrics.AUC, metrics.dPrime, metrics.priorMAP].map((value) => value.toFixed(4)).join(' | ')} |`,
    '',
    ...memberTable(facts),
    '## Limits',
    '',
    '- right only for embeddings made as those of the training set were, unsigned where they are bytes',
    '- labels of the training set may be incomplete: a probability says how likely a rater would have named the label',
    '- see `metrics.json` for each label; with few eval clips its figures are rough',
    '',
  ].join('\n');
}

function inputText({ dtype, offset, scale }: Preprocessing): string {
  return dtype === 'uint8'
    ? `whole numbers 0..255 as they are stored (the graph computes (x - ${offset}) · ${scale})`
    : 'as they are stored';
}

function modelLines({ spec, parameters }: CardFacts): string[] {
  const texts = networksOf(spec).map((network) => modelText(network.spec));
  const size = `${parameters.toLocaleString('en-US')} numbers`;
  if (texts.length === 1) return [`- ${texts[0]}; ${size}`];
  return [
    `- the mean of the probabilities of ${texts.length} networks; ${size}`,
    ...texts.map((text, i) => `- member ${i + 1}: ${text}`),
  ];
}

function memberTable({ members }: CardFacts): string[] {
  if (members == null) return [];
  return [
    'Each member by itself, on the same clips:',
    '',
    '| member | seed | steps | mAP |',
    '|---|---|---|---|',
    ...members.map(({ seed, steps, mAP }, i) => `| ${i + 1} | ${seed} | ${steps} | ${mAP.toFixed(4)} |`),
    '',
  ];
}

function modelText({ model }: ModelSpec): string {
  const options = Object.entries(model).flatMap(([name, value]) =>
    name === 'head' ? [] : [`${name} ${Array.isArray(value) ? value.join(' and ') : value}`],
  );
  return [`head \`${model.head}\``, ...options].join(', ');
}

function precisionText({ precision, rounding }: CardFacts): string {
  if (rounding === null) return 'kernels and biases stored as float32, as asked for';
  const { split, clips, largestScoreDifference, mAPDifference } = rounding;
  if (largestScoreDifference === null) return 'stored as float32: a weight is beyond float16';
  const map = mAPDifference === null ? 'not measurable' : mAPDifference.toExponential(1);
  const measured =
    `on ${clips} ${split} clips, float16 changes a probability by at most ` +
    `${largestScoreDifference.toExponential(1)} and mAP by ${map}`;
  return precision === 'float16'
    ? `kernels stored as float16, biases as float32; ${measured}`
    : `stored as float32, because ${measured}`;
}
