import type { ModelSpec } from './model-spec.ts';
import type { WeightSlot } from './weights.ts';

/**
 * Names, shapes and roles of all weights of a model, in the order in which they are stored.
 * Dense layers are `<layer>/kernel` `[inputs, outputs]` and `<layer>/bias` `[outputs]`.
 */
export function weightLayout(spec: ModelSpec): WeightSlot[] {
  return spec.kind === 'mlp' ? mlpLayout(spec) : multiAttentionLayout(spec);
}

/** Sizes of the dropout masks a row of the hidden layers, in the order of the layers. */
export function dropoutWidths(spec: ModelSpec): number[] {
  return spec.kind === 'mlp' ? spec.hidden : [spec.hidden, spec.hidden, spec.hidden];
}

/** `frame` when the hidden layers see each frame, `clip` when they see the time mean. */
export function hiddenRows(spec: ModelSpec): 'frame' | 'clip' {
  return spec.kind === 'mlp' ? 'clip' : 'frame';
}

function mlpLayout(spec: Extract<ModelSpec, { kind: 'mlp' }>): WeightSlot[] {
  const folded = spec.normalisation === 'folded';
  const slots: WeightSlot[] = [];
  if (!folded) {
    slots.push(
      { name: 'input/mean', shape: [spec.width], role: 'fixed', start: 'input-mean' },
      { name: 'input/deviation', shape: [spec.width], role: 'fixed', start: 'input-deviation' },
    );
  }
  let inputs = spec.width;
  for (const [index, outputs] of spec.hidden.entries()) {
    slots.push(...hidden(`hidden${index + 1}`, inputs, outputs, folded));
    inputs = outputs;
  }
  return [...slots, ...dense('output', inputs, spec.labels, 'prior')];
}

function multiAttentionLayout(spec: Extract<ModelSpec, { kind: 'multi-attention' }>): WeightSlot[] {
  const folded = spec.normalisation === 'folded';
  return [
    ...hidden('hidden1', spec.width, spec.hidden, folded),
    ...hidden('hidden2', spec.hidden, spec.hidden, folded),
    ...hidden('hidden3', spec.hidden, spec.hidden, folded),
    ...dense('classify2', spec.hidden, spec.labels, 'zeros'),
    ...dense('attend2', spec.hidden, spec.labels, 'zeros'),
    ...dense('classify3', spec.hidden, spec.labels, 'zeros'),
    ...dense('attend3', spec.hidden, spec.labels, 'zeros'),
    ...dense('output', 2 * spec.labels, spec.labels, 'prior'),
  ];
}

function dense(layer: string, inputs: number, outputs: number, bias: 'zeros' | 'prior'): WeightSlot[] {
  return [
    { name: `${layer}/kernel`, shape: [inputs, outputs], role: 'trained', start: 'glorot' },
    { name: `${layer}/bias`, shape: [outputs], role: 'trained', start: bias },
  ];
}

function hidden(layer: string, inputs: number, outputs: number, folded: boolean): WeightSlot[] {
  const slots = dense(layer, inputs, outputs, 'zeros');
  if (folded) return slots;
  return [
    ...slots,
    { name: `${layer}/gamma`, shape: [outputs], role: 'trained', start: 'ones' },
    { name: `${layer}/beta`, shape: [outputs], role: 'trained', start: 'zeros' },
    { name: `${layer}/mean`, shape: [outputs], role: 'statistic', start: 'zeros' },
    { name: `${layer}/variance`, shape: [outputs], role: 'statistic', start: 'ones' },
  ];
}
