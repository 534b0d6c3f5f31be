import { useEffect, useState } from 'preact/hooks';
import type { Served } from './app.tsx';
import type { Client } from './asking.ts';
import { asProblem } from './client.ts';
import { FilePicker } from './file-picker.tsx';
import type { Problem } from './problem.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { ResultView } from './result-view.tsx';
import { type Result, scoreFile, scoreStored } from './score.ts';
import { StoredClips } from './stored-clips.tsx';

export interface TryViewProps {
  readonly client: Client;
  readonly served: Served;
  readonly onLookAgain: () => void;
}

/** A file of the reader's, or a clip of the evaluated set: what is heard in it. */
export function TryView({ client, served, onLookAgain }: TryViewProps) {
  const [busy, setBusy] = useState<string | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const [failure, setFailure] = useState<{ problem: Problem; about: string } | null>(null);

  const show = async (about: string, work: () => Promise<Result>) => {
    setBusy(about);
    setFailure(null);
    try {
      const next = await work();
      setResult(next);
      // Another version has been promoted meanwhile.
      if (served.kind === 'ready' && next.version !== served.health.version) onLookAgain();
    } catch (error) {
      setResult(null);
      setFailure({ problem: asProblem(error), about });
    } finally {
      setBusy(null);
    }
  };
  if (served.kind === 'asked') return <p>Asking what is served…</p>;
  if (served.kind === 'failed') {
    return (
      <>
        <ProblemNotice problem={served.problem} />
        <button type="button" onClick={onLookAgain}>
          Look again
        </button>
        <LookAgain onLook={onLookAgain} />
      </>
    );
  }
  const { health, labels } = served;
  return (
    <>
      <div class="sources">
        <FilePicker
          onFile={(file) => show(file.name, () => scoreFile(client, file, health, labels))}
          busy={busy !== null}
        />
        <StoredClips
          client={client}
          labels={labels}
          onClip={(id) => show(`Clip ${id}`, () => scoreStored(client, id))}
        />
      </div>
      <p role="status" class="status">
        {busy !== null ? `Listening: ${busy}…` : result === null ? '' : spoken(result)}
      </p>
      {failure && <ProblemNotice {...failure} />}
      {result && <ResultView key={result.serial} client={client} result={result} health={health} />}
    </>
  );
}

/** A model that loads, or is trained, is there by and by. */
function LookAgain({ onLook }: { onLook: () => void }) {
  useEffect(() => {
    const timer = setInterval(onLook, 5000);
    return () => clearInterval(timer);
  }, []);
  return null;
}

function spoken({ source, clips, model, version }: Result): string {
  const what = clips.length === 1 ? '1 clip' : `${clips.length} clips`;
  const top = clips[0]?.predictions[0];
  const heard = clips.length === 1 && top ? `: most of all ${top.label}` : '';
  return `${source}: ${what} scored by ${model}, version ${version}${heard}.`;
}
