import type { Clip } from '../../../shared/dataset/clip-table.ts';
import type { Split } from '../../../shared/dataset/keys.ts';
import { sourceOfClip } from '../../../shared/dataset/source-of-clip.ts';
import { splitOfClip } from '../../../shared/dataset/split-of-clip.ts';
import { EarshotError, type ErrorDetails } from '../../../shared/errors/earshot-error.ts';
import type { ClipLabels } from './clip-labels.ts';
import { framesOf, type ValueMeaning } from './frame-values.ts';
import type { SourceClip } from './source-clip.ts';

/** As the validation of uploads has it. */
const longestId = 255;
const mostFrames = 1000;

export interface ClipRules {
  readonly width: number;
  readonly meaning: ValueMeaning;
  /** Seconds from one frame to the next, for ends that nobody says. */
  readonly frameSeconds: number;
}

/**
 * The clip as a record holds it. Where its source is told, that stands before its id, so that the pipeline knows too
 * which clips belong together.
 * @throws CLIP_UNUSABLE
 */
export function clipOfSource(
  clip: SourceClip,
  row: Pick<ClipLabels, 'id' | 'labels' | 'start' | 'end' | 'source'>,
  indices: ReadonlyMap<string, number>,
  { width, meaning, frameSeconds }: ClipRules,
): Clip {
  const { values, where } = clip;
  const frameCount = values.length / width;
  if (frameCount > mostFrames) {
    const received = `${frameCount} frames`;
    throw new EarshotError('CLIP_UNUSABLE', { ...where, expected: `at most ${mostFrames} frames`, received });
  }
  const given = clip.id ?? row.id;
  const id = row.source === null || given.startsWith(`${row.source}#`) ? given : `${row.source}#${given}`;
  const bytes = Buffer.byteLength(id);
  if (bytes === 0 || bytes > longestId || id.includes('\uFFFD')) {
    const received = `${bytes} bytes: ${JSON.stringify(id.slice(0, 40))}`;
    throw new EarshotError('CLIP_UNUSABLE', {
      ...where,
      field: 'id',
      expected: `1 to ${longestId} bytes of UTF-8`,
      received,
    });
  }
  return {
    id,
    ...timesOf(
      firstNumber(clip.start, row.start),
      firstNumber(clip.end, row.end),
      frameCount * frameSeconds,
      where,
    ),
    labels: row.labels.map((name) => indices.get(name)!).sort((a, b) => a - b),
    frameCount,
    frames: framesOf(values, width, meaning, where),
  };
}

const firstNumber = (own: number, other: number) => (Number.isNaN(own) ? other : own);

/** Both or none; single precision, as a record has them. @throws CLIP_UNUSABLE */
function timesOf(start: number, end: number, seconds: number, where: ErrorDetails) {
  if (Number.isNaN(start) && Number.isNaN(end)) return { start, end };
  const times = { start: Math.fround(start), end: Math.fround(Number.isNaN(end) ? start + seconds : end) };
  if (Number.isFinite(times.start) && Number.isFinite(times.end) && times.start < times.end) return times;
  const received = `start ${start}, end ${end}`;
  throw new EarshotError('CLIP_UNUSABLE', {
    ...where,
    expected: 'a start before an end, in seconds',
    received,
  });
}

/**
 * Divides clips by a hash of their source, as the pipeline does with uploads to `all`, unless the label file says a
 * split; keeps one source on one side.
 */
export class SourceSplits {
  private readonly said = new Map<string, Split>();
  private readonly evalShare: number;

  constructor(evalShare: number) {
    this.evalShare = evalShare;
  }

  /** @throws CLIPS_UNMATCHED when one source is to be on both sides */
  of(id: string, said: Split | null, where: ErrorDetails): Split {
    const source = sourceOfClip(id);
    const split = said ?? splitOfClip(id, this.evalShare);
    const earlier = this.said.get(source);
    if (earlier === undefined) this.said.set(source, split);
    if (earlier === undefined || earlier === split) return split;
    const [expected, received] = [`${earlier}, as other clips of the source ${source}`, split];
    throw new EarshotError('CLIPS_UNMATCHED', { ...where, field: 'split', expected, received });
  }
}
