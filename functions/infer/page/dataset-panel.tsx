import type { DatasetState } from '../../../shared/pipeline/pipeline-state.ts';
import { bytesText, counted, whole } from './figures.ts';

const stages = { dropped: 'dropped', validated: 'validated', sharded: 'sharded' } as const;

/** Files in, what was wrong with them, and the shards that came of them. */
export function DatasetPanel({ state }: { state: DatasetState }) {
  const { dataset, files, clips, shards, quarantined, anomalies, latest, unread } = state;
  const all = files.dropped + files.validated + files.sharded;
  const title = `dataset-${dataset}`;
  return (
    <section class="panel" aria-labelledby={title}>
      <h2 id={title}>Dataset {dataset}</h2>
      <dl class="figures">
        <Figure name="Files" value={whole(all)} note={bytesText(state.bytes)} />
        <Figure
          name="Clips"
          value={whole(clips.train + clips.eval)}
          note={`${whole(clips.eval)} to evaluate`}
        />
        <Figure name="Shards" value={whole(shards.count)} note={bytesText(shards.bytes)} />
        <Figure
          name="Quarantine"
          value={whole(quarantined.records)}
          note={`records of ${counted(quarantined.files, 'file')}`}
        />
      </dl>
      <label for={`${title}-progress`} class="note">
        {files.sharded === all
          ? 'All files are validated and sharded'
          : `${whole(files.dropped)} to validate, ${whole(files.validated)} to shard, ${whole(files.sharded)} done`}
        {unread > 0 && `; ${whole(unread)} still to be counted`}
      </label>
      <progress id={`${title}-progress`} max={Math.max(all, 1)} value={files.sharded} />
      <h3>Anomalies</h3>
      {anomalies.length === 0 ? (
        <p class="note">None.</p>
      ) : (
        <ul class="plain">
          {anomalies.map(({ code, count, message, remedy }) => (
            <li key={code}>
              <strong>{whole(count)} ×</strong> {message}. <span class="note">{remedy}</span>{' '}
              <code>{code}</code>
            </li>
          ))}
        </ul>
      )}
      {quarantined.most.length > 0 && (
        <>
          <h3>Quarantine</h3>
          <ul class="plain">
            {quarantined.most.map(({ file, records, reasons }) => (
              <li key={file}>
                <code>{file}</code>: {counted(records, 'record')}, reasons in <code>{reasons}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Last files</h3>
      <ul class="plain">
        {latest.map(({ key, size, stage, clips: inFile }) => (
          <li key={key}>
            <code>{key}</code>{' '}
            <span class="note">
              {bytesText(size)}, {stages[stage]}
              {inFile !== null && `, ${counted(inFile, 'clip')}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Figure({ name, value, note }: { name: string; value: string; note?: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  );
}
