import { networksOf, type ServedSpec, servedLayout } from './ensemble.ts';
import { type GraphNode, GraphWriter, tensorInfo } from './graph-writer.ts';
import {
  type ConfigOf,
  type FrameConfig,
  type ModelSpec,
  type PoolingFirstHead,
  poolsFirst,
  seesTimeMean,
} from './model-spec.ts';
import { attentionFloor, behindTheEnd } from './pooling.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { GraphConstant } from './stored-weights.ts';

export interface GraphModel {
  readonly nodes: readonly GraphNode[];
  readonly signature: object;
  /** What is stored beside the weights. */
  readonly constants: ReadonlyMap<string, GraphConstant>;
}

/**
 * A folded model as a TensorFlow graph, what `forward` computes once more in nodes: from `frames`
 * `[clips, maxFrames, width]`, as they are stored, and `mask` `[clips, maxFrames]` to `probabilities`
 * `[clips, labels]`; of several networks the mean of theirs. It follows from its arguments, so that a stored graph can
 * be held against them.
 */
export function graphOf(spec: ServedSpec, preprocessing: Preprocessing): GraphModel {
  const { labels, width, maxFrames } = spec;
  const graph = new GraphWriter();
  const frames = graph.input('frames', [-1, maxFrames, width]);
  const mask = graph.input('mask', [-1, maxFrames]);
  for (const { name, shape } of servedLayout(spec)) graph.weight(name, shape);
  const centred = graph.apply(
    'preprocess/centred',
    'Sub',
    frames,
    graph.scalar('preprocess/offset', preprocessing.offset),
  );
  const input = graph.apply(
    'preprocess/scaled',
    'Mul',
    centred,
    graph.scalar('preprocess/scale', preprocessing.scale),
  );
  const scores = networksOf(spec).map(({ spec: network, prefix }) =>
    graph.within(prefix, () => new HeadWriter(graph, network, mask).from(input)),
  );
  graph.apply('probabilities', 'Identity', meanOf(graph, scores));
  const signature = {
    inputs: {
      frames: tensorInfo('frames', [-1, maxFrames, width]),
      mask: tensorInfo('mask', [-1, maxFrames]),
    },
    outputs: { probabilities: tensorInfo('probabilities', [-1, labels]) },
  };
  return { nodes: graph.nodes, signature, constants: graph.constants };
}

/** Divided, not multiplied by a share: a mean of ones is one. */
function meanOf(graph: GraphWriter, scores: readonly string[]): string {
  if (scores.length === 1) return scores[0]!;
  const total = graph.sum('members/sum', scores);
  return graph.apply('members/mean', 'RealDiv', total, graph.scalar('members/count', scores.length));
}

class HeadWriter {
  private readonly graph: GraphWriter;
  private readonly spec: ModelSpec;
  /** `[clips, maxFrames]` */
  private readonly mask: string;
  private readonly one: string;

  constructor(graph: GraphWriter, spec: ModelSpec, mask: string) {
    this.graph = graph;
    this.spec = spec;
    this.mask = mask;
    this.one = graph.scalar('one', 1);
  }

  /** Probabilities of the preprocessed frames. */
  from(input: string): string {
    const { model } = this.spec;
    return poolsFirst(model) ? this.poolingFirst(input, model) : this.fromFrames(input, model);
  }

  private poolingFirst(input: string, model: ConfigOf<PoolingFirstHead>): string {
    let x = seesTimeMean(model) ? this.timeMean(input) : this.attendByHeads(input, model.heads);
    const depth = model.head === 'linear' ? 0 : model.hidden.length;
    for (let i = 1; i <= depth; i++) x = this.hidden(`hidden${i}`, x);
    return this.sigmoid('output/sigmoid', this.dense('output', x));
  }

  private timeMean(input: string): string {
    const { graph } = this;
    const own = graph.apply('time/own', 'Mul', input, graph.expand('time/mask', this.mask, 2));
    return graph.apply('time/mean', 'RealDiv', graph.reduce('time/sum', 'Sum', own, 1), this.frameCounts());
  }

  private attendByHeads(input: string, heads: number): string {
    const { graph, spec } = this;
    const logits = this.dense('attend', graph.reshape('rows', input, [-1, spec.width]));
    const own = this.ownAlone(logits, graph.reshape('rowMask', this.mask, [-1, 1]));
    const byHead = graph.transpose('pool/byHead', this.byTime('pool/byTime', own, heads), [0, 2, 1]);
    const means = graph.batchMatMul('pool/means', graph.apply('pool/share', 'Softmax', byHead), input);
    return graph.reshape('pool/joined', means, [-1, heads * spec.width]);
  }

  private fromFrames(input: string, model: FrameConfig): string {
    const { graph, spec } = this;
    const rows = graph.reshape('rows', input, [-1, spec.width]);
    const first = this.hidden('hidden1', rows);
    const second = this.hidden('hidden2', first);
    const third = this.hidden('hidden3', second);
    const rowMask = graph.reshape('rowMask', this.mask, [-1, 1]);
    const probability = (layer: string, x: string) => this.sigmoid(`${layer}/sigmoid`, this.dense(layer, x));
    const decided = (x: string, attention: 'softmax' | 'sigmoid', block = '') => {
      const [scores, logits] = [probability(`classify${block}`, x), this.dense(`attend${block}`, x)];
      return this.attend(`pool${block}`, { scores, logits, attention, rowMask, units: spec.labels });
    };
    switch (model.head) {
      case 'max-pooling':
        return this.sigmoid('output/sigmoid', this.maximum(this.dense('output', third), rowMask));
      case 'average-pooling': {
        const own = graph.apply('pool/own', 'Mul', probability('output', third), rowMask);
        const mean = graph.apply(
          'pool/mean',
          'RealDiv',
          this.overTime('pool/sum', own, spec.labels),
          this.frameCounts(),
        );
        return this.atMostOne(mean);
      }
      case 'single-attention':
        return this.atMostOne(decided(third, model.attention));
      case 'multi-attention':
        return this.multiAttention(decided, second, third, model);
      case 'feature-attention': {
        const [scores, logits] = [this.dense('feature', third), this.dense('attend', third)];
        const { attention, hidden: units } = model;
        const pooled = this.attend('pool', { scores, logits, attention, rowMask, units });
        return probability('output', graph.apply('pool/relu', 'Relu', pooled));
      }
    }
  }

  private multiAttention(
    decided: (x: string, attention: 'softmax' | 'sigmoid', block: string) => string,
    second: string,
    third: string,
    { attention, blocks }: Extract<FrameConfig, { head: 'multi-attention' }>,
  ): string {
    const isShared = blocks === 'shared';
    const levels = [
      decided(second, attention, isShared ? '' : '2'),
      decided(third, attention, isShared ? '' : '3'),
    ];
    return this.sigmoid('output/sigmoid', this.dense('output', this.graph.concat('levels', levels, 1)));
  }

  private maximum(logits: string, rowMask: string): string {
    const own = this.ownAlone(logits, rowMask);
    return this.graph.reduce('pool/max', 'Max', this.byTime('pool/byTime', own, this.spec.labels), 1);
  }

  /** Far below what stands for the clip's own frames. */
  private ownAlone(logits: string, rowMask: string): string {
    const { graph } = this;
    const behind = graph.apply('pool/behind', 'Sub', this.one, rowMask);
    const penalty = graph.apply(
      'pool/penalty',
      'Mul',
      behind,
      graph.scalar('pool/behindTheEnd', behindTheEnd),
    );
    return graph.apply('pool/own', 'AddV2', logits, penalty);
  }

  private attend(
    name: string,
    of: { scores: string; logits: string; attention: 'softmax' | 'sigmoid'; rowMask: string; units: number },
  ): string {
    const { graph } = this;
    const open = graph.apply(`${name}/open`, of.attention === 'softmax' ? 'Softmax' : 'Sigmoid', of.logits);
    const floor = graph.scalar(`${name}/floor`, attentionFloor);
    const ceiling = graph.scalar(`${name}/ceiling`, 1 - attentionFloor);
    const clipped = graph.apply(`${name}/clipped`, 'ClipByValue', open, floor, ceiling);
    const share = graph.apply(`${name}/share`, 'Mul', clipped, of.rowMask);
    const weighted = graph.apply(`${name}/weighted`, 'Mul', share, of.scores);
    const total = this.overTime(`${name}/total`, weighted, of.units);
    return graph.apply(`${name}/pooled`, 'RealDiv', total, this.overTime(`${name}/norm`, share, of.units));
  }

  private hidden(layer: string, x: string): string {
    return this.graph.apply(`${layer}/relu`, 'Relu', this.dense(layer, x));
  }

  private dense(layer: string, x: string): string {
    const { graph } = this;
    const product = graph.matMul(`${layer}/product`, x, graph.nameOf(`${layer}/kernel`));
    return graph.apply(`${layer}/logits`, 'AddV2', product, graph.nameOf(`${layer}/bias`));
  }

  private sigmoid(name: string, x: string): string {
    return this.graph.apply(name, 'Sigmoid', x);
  }

  private atMostOne(x: string): string {
    return this.graph.apply('atMostOne', 'Minimum', x, this.one);
  }

  private frameCounts(): string {
    return this.graph.reduce('time/count', 'Sum', this.mask, 1, true);
  }

  private overTime(name: string, x: string, units: number): string {
    return this.graph.reduce(name, 'Sum', this.byTime(`${name}/byTime`, x, units), 1);
  }

  private byTime(name: string, x: string, units: number): string {
    return this.graph.reshape(name, x, [-1, this.spec.maxFrames, units]);
  }
}
