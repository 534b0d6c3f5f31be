import { html } from '../../shared/html/html.ts';

type Kind = 'person' | 'works' | 'kept';

interface Box {
  readonly kind: Kind;
  readonly column: number;
  readonly row: number;
  /** One or two lines. */
  readonly text: readonly string[];
}

const pitch = { x: 164, y: 88 };
const size = { width: 122, height: 52 };
const margin = { x: 26, y: 34 };

const boxes = {
  dropper: { kind: 'person', column: 0, row: 0, text: ['you'] },
  incoming: { kind: 'kept', column: 1, row: 0, text: ['incoming/', '*.tfrecord'] },
  validate: { kind: 'works', column: 2, row: 0, text: ['validate'] },
  receipts: { kind: 'kept', column: 3, row: 0, text: ['receipts/', 'what is good'] },
  shard: { kind: 'works', column: 4, row: 0, text: ['shard'] },
  shards: { kind: 'kept', column: 5, row: 0, text: ['shards/', 'manifest/'] },
  quarantine: { kind: 'kept', column: 2, row: 1, text: ['quarantine/', 'bad, with reasons'] },
  asker: { kind: 'person', column: 0, row: 2, text: ['you'] },
  request: { kind: 'kept', column: 1, row: 2, text: ['runs/<run>/', 'request.json'] },
  start: { kind: 'works', column: 2, row: 2, text: ['start-training'] },
  snapshots: { kind: 'kept', column: 3, row: 2, text: ['snapshots/', 'clips settled'] },
  train: { kind: 'works', column: 4, row: 2, text: ['train', 'a long-running job'] },
  models: { kind: 'kept', column: 5, row: 2, text: ['models/', 'aliases.json'] },
  record: { kind: 'kept', column: 4, row: 3, text: ['runs/<run>/', 'status, report'] },
  caller: { kind: 'person', column: 0, row: 4, text: ['caller'] },
  infer: { kind: 'works', column: 2, row: 4, text: ['infer'] },
  sweep: { kind: 'works', column: 0, row: 5, text: ['sweep'] },
} as const satisfies Readonly<Record<string, Box>>;

interface Point {
  readonly x: number;
  readonly y: number;
}

const left = ({ column, row }: Box): Point => ({ x: margin.x + column * pitch.x, y: middleOf(row) });
const right = (box: Box): Point => ({ x: left(box).x + size.width, y: middleOf(box.row) });
const top = (box: Box): Point => ({ x: centreOf(box.column), y: middleOf(box.row) - size.height / 2 });
const bottom = (box: Box): Point => ({ x: centreOf(box.column), y: middleOf(box.row) + size.height / 2 });
const centreOf = (column: number) => margin.x + column * pitch.x + size.width / 2;
const middleOf = (row: number) => margin.y + row * pitch.y + size.height / 2;

interface Arrow {
  readonly points: readonly Point[];
  readonly label?: string;
  /** Where the middle of the label stands; above the first part when absent. */
  readonly at?: Point;
}

const between = (from: Box, to: Box, label?: string): Arrow => ({
  points: [right(from), left(to)],
  ...(label === undefined ? {} : { label }),
});
const down = (from: Box, to: Box): Arrow => ({ points: [bottom(from), top(to)] });

/** Half-way between the second and the third row of boxes. */
const belowQuarantine = middleOf(1) + pitch.y / 2;

const arrows: readonly Arrow[] = [
  between(boxes.dropper, boxes.incoming, 'drop'),
  between(boxes.incoming, boxes.validate, 'event'),
  between(boxes.validate, boxes.receipts),
  between(boxes.receipts, boxes.shard, 'event'),
  between(boxes.shard, boxes.shards),
  down(boxes.validate, boxes.quarantine),
  {
    points: [
      bottom(boxes.shards),
      { x: bottom(boxes.shards).x, y: belowQuarantine },
      { x: top(boxes.start).x, y: belowQuarantine },
      top(boxes.start),
    ],
  },
  between(boxes.asker, boxes.request, 'ask'),
  between(boxes.request, boxes.start, 'event'),
  between(boxes.start, boxes.snapshots),
  between(boxes.snapshots, boxes.train),
  between(boxes.train, boxes.models),
  down(boxes.train, boxes.record),
  {
    points: [
      bottom(boxes.models),
      { x: bottom(boxes.models).x, y: right(boxes.infer).y },
      right(boxes.infer),
    ],
    label: 'the version that the alias “stable” names',
    at: { x: (right(boxes.infer).x + bottom(boxes.models).x) / 2, y: right(boxes.infer).y - 7 },
  },
  {
    points: [right(boxes.caller), left(boxes.infer)],
    label: 'HTTP',
    at: { x: (right(boxes.caller).x + left(boxes.infer).x) / 2, y: middleOf(4) - 7 },
  },
];

const sweepText = [
  'wakes by the clock: finds what an event lost, starts stale runs again,',
  'starts runs by itself for datasets that ask for it',
];

const picture = {
  width: 2 * margin.x + 5 * pitch.x + size.width,
  height: 2 * margin.y + 5 * pitch.y + size.height,
};

const description =
  'Files that you drop into incoming/ wake validate, which writes receipts and puts bad records in quarantine. ' +
  'Receipts wake shard, which writes shards and the manifest. A request in runs/ wakes start-training, which settles ' +
  'the clips of the shards into a snapshot. The training job reads the snapshot, writes status and report to runs/, and ' +
  'publishes a model. Infer answers callers over HTTP with the version that the alias stable names. Sweep wakes by the ' +
  'clock and finds what an event lost.';

/** `docs/flow.svg`. It has a ground of its own, so that it can be read on a light page and on a dark one. */
export function flowPicture(): string {
  const { width, height } = picture;
  const words = left(boxes.sweep);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">The flow of Earshot</title>
<desc id="desc">${description}</desc>
<style>
svg { --ground: #ffffff; --line: #57606a; --text: #1f2328; --works: #ddf4ff; --edge: #0969da; --kept: #f6f8fa; --person: #fff8c5; }
@media (prefers-color-scheme: dark) { svg { --ground: #0d1117; --line: #9198a1; --text: #f0f6fc; --works: #0c2d6b; --edge: #4493f8; --kept: #21262d; --person: #4b3a00; } }
.ground { fill: var(--ground); } rect { stroke: var(--line); } .works { fill: var(--works); stroke: var(--edge); stroke-width: 2; }
.kept { fill: var(--kept); } .person { fill: var(--person); } .ground { stroke: none; }
text { font: 13px system-ui, sans-serif; fill: var(--text); text-anchor: middle; } .name { font-weight: 600; }
.small { font-size: 11.5px; } .aside { text-anchor: start; }
polyline { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#tip); } #tip path { fill: var(--line); }
</style>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>
<rect class="ground" width="${width}" height="${height}" rx="10"/>
${arrows.map(arrowShape)}${Object.values(boxes).map(boxShape)}${sweepText.map(
  (line, at) =>
    html`<text class="small aside" x="${words.x + size.width + 14}" y="${words.y - 4 + 17 * at}">${line}</text>
`,
)}</svg>
`.text;
}

function boxShape(box: Box) {
  const { kind, text } = box;
  const { x, y } = left(box);
  const first = y + 5 - (text.length - 1) * 9;
  const lines = text.map(
    (line, at) =>
      html`<text class="${at === 0 ? 'name' : 'small'}" x="${centreOf(box.column)}" y="${first + 18 * at}">${line}</text>`,
  );
  const round = kind === 'person' ? size.height / 2 : kind === 'works' ? 8 : 2;
  return html`<g><rect class="${kind}" x="${x}" y="${y - size.height / 2}" width="${size.width}" height="${size.height}" rx="${round}"/>${lines}</g>
`;
}

function arrowShape({ points, label, at }: Arrow) {
  const [from, to] = points;
  const place = at ?? { x: (from!.x + to!.x) / 2, y: from!.y - 7 };
  const text =
    label === undefined ? html`` : html`<text class="small" x="${place.x}" y="${place.y}">${label}</text>`;
  return html`<polyline points="${points.map(({ x, y }) => `${x},${y}`).join(' ')}"/>${text}
`;
}
