import { useEffect, useState } from 'preact/hooks';
import { clipLink } from '../../../shared/search/clip-link.ts';
import type { Health } from './answers.ts';
import type { Client } from './asking.ts';
import { Bars } from './bars.tsx';
import { asProblem } from './client.ts';
import { CurlBox } from './curl-box.tsx';
import { percent } from './figures.ts';
import { HeatMap } from './heat-map.tsx';
import { type CloseLook, listenClosely, lookClosely } from './per-second.ts';
import type { Problem } from './problem.ts';
import { ProblemNotice } from './problem-notice.tsx';
import type { Result, ScoredClip } from './score.ts';

export interface ResultViewProps {
  readonly client: Client;
  readonly result: Result;
  /** Of the model that is served. */
  readonly health: Health;
}

/** What is heard in one of the clips that were scored, and what it is labelled with. */
export function ResultView({ client, result, health }: ResultViewProps) {
  const [chosen, setChosen] = useState(0);
  const clip = result.clips[chosen];
  if (clip === undefined) return <p>There is no clip in it.</p>;
  const link = clipLink(clip.id, clip.start);
  return (
    <section class="result" aria-labelledby="result-title">
      <h2 id="result-title">{result.source}</h2>
      {result.clips.length > 1 && (
        <p class="choice">
          <label for="clip">Clip</label>
          <select
            id="clip"
            value={chosen}
            onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}
          >
            {result.clips.map(({ id, predictions: [top] }, i) => (
              <option key={i} value={i}>
                {`${i + 1}. ${id}${top ? `: ${top.label}, ${percent(top.probability)}` : ''}`}
              </option>
            ))}
          </select>
          <span class="note">{`of ${result.clips.length}`}</span>
        </p>
      )}
      <p class="facts">
        {result.source !== clip.id && (
          <span>
            Clip <code>{clip.id}</code>
          </span>
        )}
        {clip.frames && <span>{`${clip.frames.length / health.input.width} seconds`}</span>}
        {link && (
          <a href={link} rel="noreferrer" target="_blank">
            {`Hear it on YouTube from second ${Math.floor(clip.start ?? 0)}`}
          </a>
        )}
        <span>{`Scored by ${result.model}, version ${result.version}`}</span>
      </p>
      <CloseView key={chosen} client={client} clip={clip} health={health} />
      <CurlBox curl={result.curl} />
    </section>
  );
}

type CloseViewProps = Omit<ResultViewProps, 'result'> & { readonly clip: ScoredClip };

/** Bars, ground truth and seconds; the latter two come with a second call. */
function CloseView({ client, clip, health }: CloseViewProps) {
  const [close, setClose] = useState<CloseLook | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const truth = clip.truth ?? [];
  const heard = clip.predictions.map(({ label_id: id, label: name }) => ({ id, name }));
  const labels = [...heard, ...truth.filter(({ id }) => id !== '' && !heard.some((one) => one.id === id))];
  useEffect(() => {
    const { frames, sound } = clip;
    const mids = labels.map(({ id }) => id);
    const looking = sound
      ? listenClosely(client, health, sound, mids)
      : frames && lookClosely(client, health, { ...clip, frames }, mids);
    if (looking === null) return;
    let gone = false;
    looking.then(
      (look) => gone || setClose(look),
      (error: unknown) => gone || setProblem(asProblem(error)),
    );
    return () => {
      gone = true;
    };
  }, []);
  const probabilityOf = (id: string) => close?.whole.find(({ label_id }) => label_id === id)?.probability;
  const isTruth = new Set(truth.map(({ id }) => id));
  return (
    <>
      <div class="pair">
        <section aria-labelledby="heard-title">
          <h3 id="heard-title">Heard</h3>
          <Bars
            bars={clip.predictions.map(({ label_id, label, probability }) => ({
              id: label_id,
              name: label,
              probability,
              marked: isTruth.has(label_id),
            }))}
          />
        </section>
        <section aria-labelledby="truth-title">
          <h3 id="truth-title">Labelled</h3>
          {clip.truth === null ? (
            <p>Nothing is known of what it is labelled with.</p>
          ) : truth.length === 0 ? (
            <p>With nothing.</p>
          ) : (
            <Bars
              bars={truth.map(({ id, name }) => ({ id, name, probability: probabilityOf(id), marked: true }))}
            />
          )}
        </section>
      </div>
      {problem && <ProblemNotice problem={problem} about="The seconds could not be scored." />}
      {close && close.parts.length > 0 && (
        <HeatMap look={close} labels={labels} marked={isTruth} start={clip.start} />
      )}
    </>
  );
}
