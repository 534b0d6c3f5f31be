import { styleText } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { EarshotError } from '../../shared/errors/earshot-error.ts';

/** A progress bar, or lines when nobody watches a terminal. */
export interface Progress {
  update(done: number, note: string): void;
  end(note: string): void;
}

/** Progress and hints, on stderr; results go to stdout. Off a terminal: one line per change, no colour. */
export interface Reporter {
  say(text: string): void;
  warn(text: string): void;
  fail(error: unknown): void;
  /** `total` null: unknown. */
  progress(title: string, total: number | null): Progress;
}

const linesEveryMs = 10_000;

export function createReporter(stream: NodeJS.WriteStream): Reporter {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream, validateStream: true });
  // A bar redraws itself by a timer and hides the cursor: whatever else is written must stop it first.
  let drawn: SingleBar | null = null;
  const stopBar = () => {
    drawn?.stop();
    drawn = null;
  };
  const line = (text: string) => {
    stopBar();
    stream.write(`${text}\n`);
  };
  const bar = (title: string, total: number | null): Progress => {
    const format = total === null ? '{title} {value} {note}' : '{title} {bar} {value}/{total} {note}';
    let last = 0;
    const update = (done: number, note: string) => {
      last = done;
      if (drawn === null) {
        const options = { stream, format, hideCursor: true, barsize: 24, gracefulExit: false };
        drawn = new SingleBar(options, Presets.shades_classic);
        drawn.start(total ?? 1, done, { title: title.padEnd(10), note });
      }
      drawn.update(done, { note });
    };
    update(0, '');
    return {
      update,
      end(note) {
        update(total ?? last, note);
        stopBar();
      },
    };
  };
  return {
    say: line,
    warn: (text) => line(`${style('yellow', 'warning')} ${text}`),
    fail(error) {
      if (!(error instanceof EarshotError)) {
        line(`${style('red', 'fault')} ${error instanceof Error ? error.stack : String(error)}`);
        return;
      }
      line(`${style('red', 'error')} ${error.code}: ${error.message}`);
      line(error.remedy);
    },
    progress: (title, total) => (stream.isTTY ? bar(title, total) : lines(line, title, total)),
  };
}

function lines(line: (text: string) => void, title: string, total: number | null): Progress {
  let last = Date.now();
  return {
    update(done, note) {
      if (Date.now() - last < linesEveryMs) return;
      last = Date.now();
      line(`${title.padEnd(10)} ${done}${total === null ? '' : `/${total}`} ${note}`);
    },
    end: (note) => line(`${title.padEnd(10)} ${note}`),
  };
}
