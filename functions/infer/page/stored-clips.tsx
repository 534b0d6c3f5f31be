import { useEffect, useState } from 'preact/hooks';
import type { Label } from './answers.ts';
import type { Client } from './asking.ts';
import { asProblem } from './client.ts';
import { percent } from './figures.ts';
import type { Problem } from './problem.ts';
import { ProblemNotice } from './problem-notice.tsx';

interface ListedClip {
  readonly id: string;
  readonly start_seconds: number | null;
  readonly link: string | null;
  readonly labels: readonly Label[];
  /** Of the label that was searched. */
  readonly probability?: number;
}

interface Listed {
  readonly title: string;
  readonly clips: readonly ListedClip[];
}

const most = 20;

export interface StoredClipsProps {
  readonly client: Client;
  readonly labels: readonly Label[];
  readonly onClip: (id: string) => void;
}

/** The clips of the evaluated set: some of them, or those that contain a label most. */
export function StoredClips({ client, labels, onClip }: StoredClipsProps) {
  const [listed, setListed] = useState<Listed | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [text, setText] = useState('');
  const list = async (title: string, path: string) => {
    setProblem(null);
    try {
      const { clips } = await client.get<{ clips: readonly ListedClip[] }>(path);
      setListed({ title, clips });
    } catch (error) {
      setListed(null);
      setProblem(asProblem(error));
    }
  };
  const all = () => list('Some clips of the evaluated set', `/clips?limit=${most}`);
  useEffect(() => void all(), []);
  const find = (label: string) => {
    setText(label);
    const query = new URLSearchParams({ label, top_k: `${most}` });
    return list(`Where ${label} is heard most`, `/search?${query}`);
  };
  return (
    <section class="panel" aria-labelledby="stored-title">
      <h2 id="stored-title">A clip of the evaluated set</h2>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const label = text.trim();
            void (label === '' ? all() : find(label));
          }}
        >
          <label for="search">Search by label</label>
          <div class="row">
            <input
              id="search"
              type="search"
              list="labels"
              autocomplete="off"
              placeholder={labels[0] && `for example ${labels[0].name}`}
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
            <button type="submit">Search</button>
          </div>
          <datalist id="labels">
            {labels.map(({ id, name }) => (
              <option key={id} value={name} />
            ))}
          </datalist>
        </form>
      </search>
      {problem && <ProblemNotice problem={problem} />}
      {problem && problem.suggestions.length > 0 && (
        <p class="row">
          <span>Did you mean</span>
          {problem.suggestions.map((name) => (
            <button key={name} type="button" onClick={() => void find(name)}>
              {name}
            </button>
          ))}
        </p>
      )}
      <p role="status" class="note">
        {listed &&
          `${listed.title}: ${listed.clips.length === 1 ? '1 clip' : `${listed.clips.length} clips`}.`}
      </p>
      {listed && listed.clips.length > 0 && (
        <ol class="clips">
          {listed.clips.map((clip) => (
            <li key={clip.id}>
              <button type="button" onClick={() => onClip(clip.id)}>
                <span class="id">{clip.id}</span>
                {clip.probability !== undefined && <span class="share">{percent(clip.probability)}</span>}
                <span class="truth">{clip.labels.map(({ name }) => name).join(', ') || 'no label'}</span>
              </button>
              {clip.link && (
                <a href={clip.link} rel="noreferrer" target="_blank" aria-label={`${clip.id} on YouTube`}>
                  YouTube
                </a>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
