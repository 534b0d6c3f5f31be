import type { GraphConstant } from './stored-weights.ts';

/** A node of a TensorFlow GraphDef, in its JSON form. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr: Readonly<Record<string, unknown>>;
}

const float = { type: 'DT_FLOAT' };
const int = { type: 'DT_INT32' };
const dimensions = (shape: readonly number[]) => ({ dim: shape.map((size) => ({ size: `${size}` })) });

/** Describes a tensor in a signature; -1 for any size. */
export const tensorInfo = (name: string, shape: readonly number[]) => ({
  name: `${name}:0`,
  dtype: 'DT_FLOAT',
  tensorShape: dimensions(shape),
});

/**
 * Writes a graph of TensorFlow operations, node by node; each method returns the name of what it made.
 * The attributes are those that TensorFlow itself demands of a GraphDef.
 */
export class GraphWriter {
  readonly nodes: GraphNode[] = [];
  /** Beside the weights. */
  readonly constants = new Map<string, GraphConstant>();
  private readonly uses = new Map<string, number>();
  private prefix = '';

  /** What is written meanwhile has names with the prefix. */
  within<T>(prefix: string, write: () => T): T {
    const outer = this.prefix;
    this.prefix = `${outer}${prefix}`;
    try {
      return write();
    } finally {
      this.prefix = outer;
    }
  }

  /** As which a node that was written with this name is known. */
  nameOf(name: string): string {
    return `${this.prefix}${name}`;
  }

  input(name: string, shape: readonly number[]): string {
    return this.add(name, 'Placeholder', [], { dtype: float, shape: { shape: dimensions(shape) } });
  }

  /** A constant whose values stand in the weights files under its name. */
  weight(name: string, shape: readonly number[]): string {
    const value = { tensor: { dtype: 'DT_FLOAT', tensorShape: dimensions(shape) } };
    return this.add(name, 'Const', [], { dtype: float, value });
  }

  scalar(name: string, value: number): string {
    const made = this.weight(name, []);
    this.constants.set(made, { shape: [], values: new Float32Array([value]) });
    return made;
  }

  /** An operation on float tensors only. */
  apply(name: string, op: string, ...inputs: string[]): string {
    return this.add(name, op, inputs, { T: float });
  }

  matMul(name: string, a: string, b: string): string {
    return this.add(name, 'MatMul', [a, b], {
      T: float,
      transpose_a: { b: false },
      transpose_b: { b: false },
    });
  }

  /** Of each clip: `[clips, m, n]`, `[clips, n, k]` → `[clips, m, k]`. */
  batchMatMul(name: string, a: string, b: string): string {
    return this.add(name, 'BatchMatMulV2', [a, b], { T: float, adj_x: { b: false }, adj_y: { b: false } });
  }

  transpose(name: string, x: string, order: readonly number[]): string {
    const perm = this.integers(`${name}/perm`, order, [order.length]);
    return this.add(name, 'Transpose', [x, perm], { T: float, Tperm: int });
  }

  /** One size may be -1. */
  reshape(name: string, x: string, shape: readonly number[]): string {
    const to = this.integers(`${name}/shape`, shape, [shape.length]);
    return this.add(name, 'Reshape', [x, to], { T: float, Tshape: int });
  }

  expand(name: string, x: string, axis: number): string {
    return this.add(name, 'ExpandDims', [x, this.integers(`${name}/dim`, [axis], [])], {
      T: float,
      Tdim: int,
    });
  }

  /** Element by element. */
  sum(name: string, parts: readonly string[]): string {
    return this.add(name, 'AddN', parts, { N: { i: `${parts.length}` }, T: float });
  }

  /** Over one axis. */
  reduce(name: string, op: 'Sum' | 'Max', x: string, axis: number, keep = false): string {
    const axes = this.integers(`${name}/axis`, [axis], [1]);
    return this.add(name, op, [x, axes], { T: float, Tidx: int, keep_dims: { b: keep } });
  }

  concat(name: string, parts: readonly string[], axis: number): string {
    const at = this.integers(`${name}/axis`, [axis], []);
    return this.add(name, 'ConcatV2', [...parts, at], { N: { i: `${parts.length}` }, T: float, Tidx: int });
  }

  private integers(name: string, values: readonly number[], shape: readonly number[]): string {
    const value = { tensor: { dtype: 'DT_INT32', tensorShape: dimensions(shape) } };
    const made = this.add(name, 'Const', [], { dtype: int, value });
    this.constants.set(made, { shape, values: Int32Array.from(values) });
    return made;
  }

  /** A name that is taken gets a number, as in TensorFlow: a shared layer is used twice. */
  private add(wanted: string, op: string, input: readonly string[], attr: GraphNode['attr']): string {
    const full = this.nameOf(wanted);
    const uses = (this.uses.get(full) ?? 0) + 1;
    this.uses.set(full, uses);
    const name = uses === 1 ? full : `${full}_${uses}`;
    this.nodes.push({ name, op, ...(input.length === 0 ? {} : { input }), attr });
    return name;
  }
}
