import type { RunState } from '../../../shared/pipeline/pipeline-state.ts';
import { Curve } from './curve.tsx';
import { Figure } from './dataset-panel.tsx';
import { whole } from './figures.ts';

/** How far a run has come, its curves, and how it ended. */
export function RunPanel({ state: { run, dataset, model, status, curves, result } }: { state: RunState }) {
  const title = `run-${run}`;
  const eta = status?.etaSeconds ?? null;
  const speed = status?.examplesPerSecond ?? null;
  return (
    <section class="panel" aria-labelledby={title}>
      <h2 id={title}>Run {run}</h2>
      <p class="note">
        {dataset === null ? 'Its request cannot be read.' : `Dataset ${dataset}, model ${model}`}
        {status?.engine && `, engine ${status.engine}`}
        {(status?.attempt ?? 0) > 1 && `, attempt ${status?.attempt}`}
      </p>
      <dl class="figures">
        <Figure name="State" value={status?.phase ?? 'waiting'} />
        {status !== null && status.steps > 0 && (
          <Figure name="Step" value={whole(status.step)} note={`of ${whole(status.steps)}`} />
        )}
        {result !== null && (
          <Figure name="mAP" value={result.mAP.toFixed(4)} note={`d′ ${result.dPrime.toFixed(2)}`} />
        )}
        {result === null && status?.phase === 'training' && speed !== null && (
          <Figure
            name="Speed"
            value={`${whole(Math.round(speed))} clips/s`}
            note={eta === null ? undefined : `${Math.ceil(eta)} s left`}
          />
        )}
      </dl>
      {status !== null && status.steps > 0 && result === null && (
        <progress aria-label={`Steps of run ${run}`} max={status.steps} value={status.step} />
      )}
      {status?.error && (
        <div class="problem">
          <p>
            <strong>{status.error.message}.</strong>
          </p>
          <p>{status.error.remedy}</p>
        </div>
      )}
      {result && (
        <p class={result.passed ? 'good' : 'bad'}>
          {result.passed ? `Published as version ${result.version}` : 'Not published as stable'}:{' '}
          {result.reason}.
        </p>
      )}
      {curves.map(({ loss, validation }, i) => {
        const member = curves.length > 1 ? `, member ${i + 1}` : '';
        return (
          <div class="pair" key={i}>
            <Curve title={`Loss${member}`} points={loss.map((point) => ({ x: point.step, y: point.loss }))} />
            <Curve
              title={`Validation mAP${member}`}
              points={validation.map((point) => ({ x: point.step, y: point.mAP }))}
            />
          </div>
        );
      })}
    </section>
  );
}
