import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { WriteStream } from 'node:tty';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createReporter } from '../../../infra/local/reporter.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** A terminal, or a file, and what was written to it. */
function streamOf(isTTY: boolean) {
  const stream = new PassThrough();
  const written: string[] = [];
  stream.on('data', (piece: Buffer) => written.push(piece.toString()));
  const terminal = Object.assign(stream, { isTTY, columns: 120, rows: 30, getColorDepth: () => 8 });
  return { stream: terminal as unknown as NodeJS.WriteStream, text: () => written.join('') };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

const control = '\u001b';
const hideCursor = `${control}[?25l`;
const showCursor = `${control}[?25h`;

describe('off a terminal', () => {
  it('each report is a line without colour or control characters', () => {
    const { stream, text } = streamOf(false);
    const reporter = createReporter(stream);
    reporter.say('hello');
    reporter.warn('careful');
    reporter.fail(new EarshotError('USAGE', { field: '--port', expected: 'a number', received: '"x"' }));
    const progress = reporter.progress('upload', 10);
    progress.update(1, 'too soon for another line');
    progress.end('10 files');
    expect(text()).toBe(
      [
        'hello',
        'warning careful',
        'error USAGE: The command was not understood (field --port): expected a number, received "x"',
        'Run the command with --help.',
        'upload     10 files',
        '',
      ].join('\n'),
    );
  });

  it('a fault shows its stack, because somebody has to mend it', () => {
    const { stream, text } = streamOf(false);
    createReporter(stream).fail(new TypeError('x is not a function'));
    expect(text()).toMatch(/^fault TypeError: x is not a function\n {4}at /);
  });
});

describe('on a terminal', () => {
  it.each([
    ['has colour', {}, true],
    ['has none with NO_COLOR', { NO_COLOR: '1' }, false],
  ])('what is wrong %s', (_, added, coloured) => {
    const none = { FORCE_COLOR: undefined, NODE_DISABLE_COLORS: undefined, NO_COLOR: undefined };
    // CI and the like say for themselves what colours there are.
    const others = { ...none, CI: undefined, TEAMCITY_VERSION: undefined, TMUX: undefined };
    for (const [name, value] of Object.entries({ ...others, TERM: 'xterm-256color', ...added })) {
      vi.stubEnv(name, value);
    }
    const { stream, text } = streamOf(true);
    stream.getColorDepth = () => WriteStream.prototype.getColorDepth.call(stream);
    const reporter = createReporter(stream);
    reporter.warn('careful');
    reporter.fail(new EarshotError('USAGE'));
    expect(text()).toContain('careful');
    expect(text().includes(control)).toBe(coloured);
  });

  it.each([4, null])('progress of %s is drawn in place', async (total) => {
    const { stream, text } = streamOf(true);
    const progress = createReporter(stream).progress('upload', total);
    progress.update(3, '3 MB');
    await pause(150);
    progress.end('4 MB');
    expect(text()).toContain('upload');
    expect(text()).toContain(total === null ? '3 3 MB' : '3/4 3 MB');
    expect(text()).toContain('4 MB');
    expect(text().lastIndexOf(showCursor)).toBeGreaterThan(text().lastIndexOf(hideCursor));
  });

  it.each([
    [
      'an error',
      (reporter: ReturnType<typeof createReporter>) => reporter.fail(new EarshotError('TIMED_OUT')),
    ],
    ['a warning', (reporter: ReturnType<typeof createReporter>) => reporter.warn('careful')],
  ])('%s stops the bar, has a line of its own and gives the cursor back', async (_, report) => {
    const { stream, text } = streamOf(true);
    const reporter = createReporter(stream);
    reporter.progress('training', 100).update(5, 'loss 0.1');
    report(reporter);
    const after = text();
    expect(after.lastIndexOf(showCursor)).toBeGreaterThan(after.lastIndexOf(hideCursor));
    expect(after).toMatch(/\n(\S*error|\S*warning)[^\n]+\n[^\n]*\n?$/);
    await pause(250);
    expect(text()).toBe(after);
  });

  it('a bar that was stopped by a warning goes on with the next step', async () => {
    const { stream, text } = streamOf(true);
    const reporter = createReporter(stream);
    const progress = reporter.progress('training', 100);
    progress.update(5, 'early');
    reporter.warn('careful');
    progress.update(60, 'late');
    progress.end('done');
    expect(text().slice(text().indexOf('careful'))).toContain('100/100 done');
    expect(text().endsWith('\n') || text().endsWith(showCursor)).toBe(true);
  });
});
