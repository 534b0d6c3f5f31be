import type { ModelConfig } from './model-config.ts';
import { type ModelSpec, poolsFirst, seesTimeMean } from './model-spec.ts';
import type { WeightSlot } from './weights.ts';

/** A dense layer and, where it has one, the batch norm that can be folded into it. */
interface DenseLayer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly norm?: boolean;
  /** `prior`: its outputs begin at the logits of the labels' frequencies. */
  readonly bias?: 'prior';
  readonly kernel?: 'zeros';
}

/**
 * Names, shapes and roles of all weights of a model, in the order in which they are stored.
 * Dense layers are `<layer>/kernel` `[inputs, outputs]` and `<layer>/bias` `[outputs]`.
 */
export function weightLayout(spec: ModelSpec): WeightSlot[] {
  const folded = spec.normalisation === 'folded';
  const slots = denseLayers(spec).flatMap((layer) => slotsOf(layer, folded));
  return folded ? slots : [...inputSlots(spec), ...slots];
}

/**
 * `[rows, units]` of each dropout mask of a step: 0 for dropped units. Layers that see frames have a row
 * for each frame of each clip, the others one for each clip.
 */
export function dropoutShapes({ model, maxFrames }: ModelSpec, clips: number): [number, number][] {
  if (model.head === 'linear' || model.dropout === 0) return [];
  if (poolsFirst(model)) return model.hidden.map((width) => [clips, width]);
  const frames: [number, number] = [clips * maxFrames, model.hidden];
  const shapes = [frames, frames, frames];
  return model.head === 'feature-attention' ? [...shapes, [clips, model.hidden]] : shapes;
}

function denseLayers({ model, width, labels }: ModelSpec): DenseLayer[] {
  if (model.head === 'linear') {
    // Zero, because a convex loss needs no start that breaks a symmetry, and a few clips never unlearn one.
    return [{ name: 'output', inputs: width, outputs: labels, bias: 'prior', kernel: 'zeros' }];
  }
  const byHeads = model.head === 'attention-pooling-mlp';
  const sizes = poolsFirst(model) ? model.hidden : [model.hidden, model.hidden, model.hidden];
  const first = byHeads ? model.heads * width : width;
  const hidden = sizes.map((outputs, i) => ({
    name: `hidden${i + 1}`,
    inputs: i === 0 ? first : sizes[i - 1]!,
    outputs,
    norm: true,
  }));
  return [
    ...(byHeads ? [{ name: 'attend', inputs: width, outputs: model.heads }] : []),
    ...hidden,
    ...headLayers(model, sizes.at(-1)!, labels),
  ];
}

function headLayers(
  model: Exclude<ModelConfig, { head: 'linear' }>,
  inputs: number,
  labels: number,
): DenseLayer[] {
  const output: DenseLayer = { name: 'output', inputs, outputs: labels, bias: 'prior' };
  switch (model.head) {
    case 'mlp':
    case 'attention-pooling-mlp':
    case 'max-pooling':
    case 'average-pooling':
      return [output];
    case 'single-attention': {
      const layer = { inputs, outputs: labels, norm: model.logitNorm };
      return [
        { ...layer, name: 'classify', bias: 'prior' },
        { ...layer, name: 'attend' },
      ];
    }
    case 'multi-attention': {
      const layer = { inputs, outputs: labels, norm: model.logitNorm };
      const names =
        model.blocks === 'shared' ? ['classify', 'attend'] : ['classify2', 'attend2', 'classify3', 'attend3'];
      return [
        ...names.map((name) => ({ ...layer, name })),
        { ...output, inputs: 2 * labels, norm: model.logitNorm },
      ];
    }
    case 'feature-attention':
      return [
        // Its batch norm follows the pooling. Attention sums to 1, so that it can be folded in all the same.
        { name: 'feature', inputs, outputs: inputs, norm: true },
        { name: 'attend', inputs, outputs: inputs },
        output,
      ];
  }
}

function slotsOf({ name, inputs, outputs, norm, bias, kernel }: DenseLayer, folded: boolean): WeightSlot[] {
  const normed = norm === true && !folded;
  const begin = bias ?? 'zeros';
  const slots: WeightSlot[] = [
    { name: `${name}/kernel`, shape: [inputs, outputs], role: 'trained', start: kernel ?? 'glorot' },
    // Batch norm takes the mean away, and with it what the bias says.
    { name: `${name}/bias`, shape: [outputs], role: 'trained', start: normed ? 'zeros' : begin },
  ];
  return normed ? [...slots, ...normSlots(name, outputs, begin)] : slots;
}

function normSlots(name: string, size: number, beta: 'zeros' | 'prior'): WeightSlot[] {
  return [
    { name: `${name}/gamma`, shape: [size], role: 'trained', start: 'ones' },
    { name: `${name}/beta`, shape: [size], role: 'trained', start: beta },
    { name: `${name}/mean`, shape: [size], role: 'statistic', start: 'zeros' },
    { name: `${name}/variance`, shape: [size], role: 'statistic', start: 'ones' },
  ];
}

function inputSlots({ model, width }: ModelSpec): WeightSlot[] {
  if (!poolsFirst(model)) return model.inputNorm ? normSlots('input', width, 'zeros') : [];
  const deviation = seesTimeMean(model) ? 'input-deviation' : 'frame-deviation';
  return [
    { name: 'input/mean', shape: [width], role: 'fixed', start: 'input-mean' },
    { name: 'input/deviation', shape: [width], role: 'fixed', start: deviation },
  ];
}
