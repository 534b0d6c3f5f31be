import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { ClipLabels } from './clip-labels.ts';
import type { SourceClip } from './source-clip.ts';

export const unlabelledWays = ['refuse', 'skip', 'keep'] as const;
export type Unlabelled = (typeof unlabelledWays)[number];

/** Finds the line of the label file for each clip: by id, or, where the embeddings have none, by its place. */
export class MatchedLabels {
  private readonly file: string;
  private readonly rows: readonly ClipLabels[];
  private readonly rowOf: ReadonlyMap<string, ClipLabels>;
  private readonly unlabelled: Unlabelled;
  private readonly used = new Set<string>();
  private clips = 0;

  constructor(file: string, rows: readonly ClipLabels[], unlabelled: Unlabelled) {
    this.file = file;
    this.rows = rows;
    this.rowOf = new Map(rows.map((row) => [row.id, row]));
    this.unlabelled = unlabelled;
  }

  /** Null for a clip that is to be left out. @throws CLIPS_UNMATCHED */
  of({
    id,
    where,
  }: SourceClip): Pick<ClipLabels, 'id' | 'labels' | 'start' | 'end' | 'source' | 'split'> | null {
    const row = id === null ? this.rows[this.clips] : this.rowOf.get(id);
    this.clips++;
    if (row === undefined && id === null) {
      const expected = `a line of ${this.file} for each clip of the arrays, in their order`;
      throw new EarshotError('CLIPS_UNMATCHED', {
        ...where,
        expected,
        received: `${this.rows.length} lines`,
      });
    }
    if (row !== undefined) this.used.add(row.id);
    if (row !== undefined && row.labels.length > 0) return row;
    if (this.unlabelled === 'refuse') {
      const expected = `at least one label in ${this.file}`;
      const received = row === undefined ? `no line for ${id}` : `none in line ${row.line}`;
      throw new EarshotError('CLIPS_UNMATCHED', { ...where, expected, received });
    }
    if (this.unlabelled === 'skip') return null;
    return row ?? { id: id!, labels: [], start: Number.NaN, end: Number.NaN, source: null, split: null };
  }

  /**
   * Ids of the label file that no clip had, once all clips were asked for.
   * @throws CLIPS_UNMATCHED when clips are told by their place and there are more lines than clips
   */
  unused(isByPlace: boolean): string[] {
    const unused = this.rows.filter(({ id }) => !this.used.has(id)).map(({ id }) => id);
    if (!isByPlace || unused.length === 0) return unused;
    const [expected, received] = [`${this.clips} lines, one for each clip`, `${this.rows.length}`];
    throw new EarshotError('CLIPS_UNMATCHED', { file: this.file, expected, received });
  }
}
