import { useState } from 'preact/hooks';
import type { ModelState } from '../../../shared/pipeline/pipeline-state.ts';
import type { Client } from './asking.ts';
import { asProblem } from './client.ts';
import type { Problem } from './problem.ts';
import { ProblemNotice } from './problem-notice.tsx';

export interface ModelPanelProps {
  readonly client: Client;
  readonly model: ModelState;
}

const figure = (value: number | null) => (value === null ? '' : value.toFixed(4));

/** The versions of a model, and the buttons that serve another one. */
export function ModelPanel({ client, model: { model, stable, versions, history } }: ModelPanelProps) {
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const move = async (what: 'promote' | 'rollback', body: object) => {
    setBusy(true);
    setTold('');
    setProblem(null);
    try {
      const { aliases } = await client.post<{ aliases: { stable: string } }>(`/pipeline/${what}`, {
        type: 'application/json',
        body: JSON.stringify({ model, ...body }),
      });
      setTold(`Stable is version ${aliases.stable} now; the function takes it within seconds.`);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const title = `model-${model}`;
  return (
    <section class="panel" aria-labelledby={title}>
      <h2 id={title}>Model {model}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="wide" tabIndex={0} aria-label={`Versions of ${model}`}>
        <table class="versions">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Serves as</th>
              <th scope="col">mAP</th>
              <th scope="col">d′</th>
              <th scope="col">Run</th>
            </tr>
          </thead>
          <tbody>
            {versions.toReversed().map(({ version, metrics, run, aliases, complete }) => (
              <tr key={version}>
                <th scope="row">{version}</th>
                <td>
                  {aliases.length > 0 && <span class="good">{aliases.join(', ')} </span>}
                  {!complete && 'not complete'}
                  {complete && version !== stable && (
                    <button
                      type="button"
                      disabled={busy}
                      aria-label={`Promote version ${version} of ${model}`}
                      onClick={() => void move('promote', { version })}
                    >
                      Promote
                    </button>
                  )}
                </td>
                <td>{figure(metrics.mAP)}</td>
                <td>{metrics.dPrime?.toFixed(2) ?? ''}</td>
                <td>{run ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="row">
        <button
          type="button"
          disabled={busy || history.length < 2}
          aria-label={`Roll back model ${model}`}
          onClick={() => void move('rollback', {})}
        >
          Roll back
        </button>
        <span role="status">{told}</span>
      </p>
      {problem && <ProblemNotice problem={problem} />}
      <h3>Last moves</h3>
      <ul class="plain">
        {history
          .toReversed()
          .slice(0, 4)
          .map(({ alias, version, from, at, reason }) => (
            <li key={at + alias}>
              <code>{alias}</code> {from === null ? 'set' : `from ${from}`} to {version ?? 'nothing'}{' '}
              <span class="note">
                {at.slice(0, 19).replace('T', ' ')} UTC, {reason}
              </span>
            </li>
          ))}
      </ul>
    </section>
  );
}
