/** Code of a WebAssembly function: its bytes (WebAssembly Core Specification 2.0, section 5, binary format). */
export type Code = readonly number[];

/** LEB128 of a whole number from 0 to 2³²-1. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** LEB128 of a whole number from -2³¹ to 2³¹-1. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 127;
    const ends = (rest >> 7 === 0 && low < 64) || (rest >> 7 === -1 && low >= 64);
    bytes.push(ends ? low : low | 128);
    if (ends) return bytes;
  }
}

const vector = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Without a promise of alignment; `offset` is added to the address. */
const memoryArgument = (offset: number): Code => [0, ...unsigned(offset)];

/** The instructions that the kernels are made of. Numbers are 32 bits wide, vectors have four of them. */
export const wasm = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  int: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a],
  isBelow: [0x49],
  /** Does `body`, which leaves a number: again while it is not 0. */
  repeat: (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0x00, 0x0b],
  load: (offset: number): Code => [...vector(0), ...memoryArgument(offset)],
  /** One number, four times. */
  loadSplat: (offset: number): Code => [...vector(9), ...memoryArgument(offset)],
  store: (offset: number): Code => [...vector(11), ...memoryArgument(offset)],
  zero: [...vector(12), ...Array(16).fill(0)],
  addFloats: vector(228),
  multiplyFloats: vector(230),
} as const;

/** A function of whole numbers that returns nothing. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** Locals behind the parameters: whole numbers first, then vectors. */
  readonly integers: number;
  readonly vectors: number;
  readonly code: Code;
}

const int32 = 0x7f;
const vector128 = 0x7b;

/** A module of these functions on a memory that it imports as `env.memory`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const text = (value: string) => [...unsigned(value.length), ...Buffer.from(value)];
  const list = (items: readonly Code[]) => [...unsigned(items.length), ...items.flat()];
  const section = (id: number, items: readonly Code[]) => {
    const content = list(items);
    return [id, ...unsigned(content.length), ...content];
  };
  const bodyOf = ({ integers, vectors, code }: WasmFunction) => {
    const locals = list([
      [...unsigned(integers), int32],
      [...unsigned(vectors), vector128],
    ]);
    const body = [...locals, ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  };
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      functions.map(({ parameters }) => [0x60, ...list(Array(parameters).fill([int32])), 0]),
    ),
    ...section(2, [[...text('env'), ...text('memory'), 0x02, 0x00, 0]]),
    ...section(
      3,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(
      7,
      functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]),
    ),
    ...section(10, functions.map(bodyOf)),
  ]);
}
