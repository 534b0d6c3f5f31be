import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ModelState } from '../../../shared/pipeline/pipeline-state.ts';
import type { Health, Label } from './answers.ts';
import { asProblem, createClient } from './client.ts';
import { KeyForm } from './key-form.tsx';
import { PipelineView } from './pipeline-view.tsx';
import type { Problem } from './problem.ts';
import { TryView } from './try-view.tsx';

const views = { try: 'Try it', pipeline: 'Pipeline' } as const;
type View = keyof typeof views;
const viewOf = (hash: string): View => (hash === '#pipeline' ? 'pipeline' : 'try');

/** What is served, or why nothing is. */
export type Served =
  | { readonly kind: 'asked' }
  | { readonly kind: 'ready'; readonly health: Health; readonly labels: readonly Label[] }
  | { readonly kind: 'failed'; readonly problem: Problem };

interface AskedKey {
  readonly refused: boolean;
  readonly give: (key: string) => void;
}

/** The whole page: two views, and the question for a key when the server wants one. */
export function App() {
  const [view, setView] = useState(viewOf(location.hash));
  const [askedKey, setAskedKey] = useState<AskedKey | null>(null);
  const client = useMemo(
    () =>
      createClient(
        (refused) =>
          new Promise((resolve) => {
            const give = (key: string) => {
              setAskedKey(null);
              resolve(key);
            };
            setAskedKey({ refused, give });
          }),
      ),
    [],
  );
  const [served, setServed] = useState<Served>({ kind: 'asked' });
  const look = async () => {
    try {
      const health = await client.get<Health>('/healthz');
      const { labels } = await client.get<{ labels: readonly Label[] }>('/model/labels');
      setServed({ kind: 'ready', health, labels });
    } catch (error) {
      const problem = asProblem(error);
      // What has been said already is not said again each time that the page looks.
      setServed((last) =>
        last.kind === 'failed' && last.problem.code === problem.code ? last : { kind: 'failed', problem },
      );
    }
  };
  useEffect(() => void look(), []);
  const now = useRef(served);
  now.current = served;
  /** The function takes the version that stable names by and by, when it is asked. */
  const follow = (models: readonly ModelState[]) => {
    const { current } = now;
    const isServed =
      current.kind === 'ready' &&
      models.some(({ model, stable }) => model === current.health.model && stable === current.health.version);
    if (!isServed && models.length > 0) void look();
  };

  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const follow = () => {
      setView(viewOf(location.hash));
      heading.current?.focus();
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  return (
    <>
      <header>
        <p class="brand">Earshot</p>
        <nav aria-label="Views">
          {Object.entries(views).map(([name, title]) => (
            <a key={name} href={`#${name}`} aria-current={view === name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <p class="served">{servedText(served)}</p>
      </header>
      <main>
        {askedKey && <KeyForm {...askedKey} />}
        <h1 ref={heading} tabIndex={-1}>
          {view === 'try' ? 'What is heard?' : 'The pipeline'}
        </h1>
        <div hidden={view !== 'try'}>
          <TryView client={client} served={served} onLookAgain={look} />
        </div>
        {view === 'pipeline' && <PipelineView client={client} onModels={follow} />}
      </main>
    </>
  );
}

function servedText(served: Served): string {
  if (served.kind === 'asked') return 'Asking what is served…';
  if (served.kind === 'failed') return 'No model is served';
  const { model, version, labels } = served.health;
  return `${model}, version ${version}, ${labels} labels`;
}
