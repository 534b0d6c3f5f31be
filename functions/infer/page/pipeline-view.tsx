import { useEffect, useState } from 'preact/hooks';
import type { PipelineState } from '../../../shared/pipeline/pipeline-state.ts';
import type { Client } from './asking.ts';
import { asProblem } from './client.ts';
import { DatasetPanel } from './dataset-panel.tsx';
import { ModelPanel } from './model-panel.tsx';
import type { Problem } from './problem.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { RunPanel } from './run-panel.tsx';

const pollMs = 1500;

export interface PipelineViewProps {
  readonly client: Client;
  /** Told of the models each time that the view looks. */
  readonly onModels: (models: PipelineState['models']) => void;
}

/** What the local platform does at this moment: files, anomalies, shards, runs, versions. */
export function PipelineView({ client, onModels }: PipelineViewProps) {
  const [state, setState] = useState<PipelineState | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    let timer = 0;
    const look = async () => {
      try {
        if (!document.hidden) {
          const seen = await client.get<PipelineState>('/pipeline', signal);
          setState(seen);
          setProblem(null);
          onModels(seen.models);
        }
      } catch (error) {
        if (signal.aborted) return;
        const told = asProblem(error);
        setProblem(told);
        // A deployed function has no such path, and will have none.
        if (told.status === 404) return;
      }
      if (!signal.aborted) timer = setTimeout(look, pollMs);
    };
    void look();
    return () => {
      stopping.abort();
      clearTimeout(timer);
    };
  }, []);
  if (problem?.status === 404) return <Elsewhere />;
  return (
    <>
      {problem && <ProblemNotice problem={problem} />}
      {state === null ? <p>Looking…</p> : <Live state={state} client={client} />}
    </>
  );
}

function Live({ state, client }: { readonly state: PipelineState; readonly client: Client }) {
  const { events, datasets, runs, models } = state;
  return (
    <>
      <p role="status" class="status">
        {events.underway === 0
          ? 'No event is under way.'
          : `${events.underway} ${events.underway === 1 ? 'event is' : 'events are'} under way.`}
      </p>
      {events.deadLetters.length > 0 && (
        <section class="panel" aria-labelledby="letters-title">
          <h2 id="letters-title">Given up</h2>
          <ul>
            {events.deadLetters.map(({ functionName, key, attempts, reason }) => (
              <li key={functionName + key}>
                <code>{functionName}</code> on <code>{key}</code> after {attempts} attempts: {reason}
              </li>
            ))}
          </ul>
          <p class="note">
            <code>npx serverless replay KEY</code> sends the events of a key again.
          </p>
        </section>
      )}
      {datasets.length + runs.length + models.length === 0 && (
        <p>
          Nothing has been dropped yet: <code>npx serverless upload FOLDER my-sounds/all</code>
        </p>
      )}
      <div class="sources">
        {datasets.map((dataset) => (
          <DatasetPanel key={dataset.dataset} state={dataset} />
        ))}
        {models.map((model) => (
          <ModelPanel key={model.model} model={model} client={client} />
        ))}
        {runs.map((run) => (
          <RunPanel key={run.run} state={run} />
        ))}
      </div>
    </>
  );
}

/** On a deployed function. */
function Elsewhere() {
  const commands = [
    ['npx serverless local', 'the whole pipeline on your machine, with this view of it'],
    ['npx serverless logs -f infer --stage STAGE', 'what a deployed function says'],
    ['npx serverless models', 'the versions of a bucket'],
    ['npx serverless promote MODEL VERSION', 'serves another version'],
    ['npx serverless rollback MODEL', 'goes back to the version before'],
  ] as const;
  return (
    <section class="panel">
      <h2>This view is of the local platform</h2>
      <p>Here a deployed function answers, which sees models alone. These commands show and move the rest:</p>
      <dl class="commands">
        {commands.map(([command, what]) => (
          <div key={command}>
            <dt>
              <code>{command}</code>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
