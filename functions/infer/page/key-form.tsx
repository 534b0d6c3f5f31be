import { useEffect, useRef } from 'preact/hooks';

/** Asks for an API key; it is kept for as long as the tab is open. */
export function KeyForm({ refused, give }: { refused: boolean; give: (key: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [refused]);
  return (
    <form
      class="panel key"
      aria-labelledby="key-title"
      onSubmit={(event) => {
        event.preventDefault();
        const key = field.current?.value.trim() ?? '';
        if (key !== '') give(key);
      }}
    >
      <h2 id="key-title">An API key is needed</h2>
      <p role={refused ? 'alert' : undefined}>
        {refused
          ? 'That key is not one of this deployment, or not any more. Whoever runs it makes another with serverless deploy --new-key.'
          : 'This deployment answers those who have a key. serverless deploy made one and showed it once: ask whoever ran it.'}
      </p>
      <label for="key">API key</label>
      <div class="row">
        <input id="key" ref={field} type="password" autocomplete="off" spellcheck={false} required />
        <button type="submit">Use it</button>
      </div>
      <p class="note">It stays in this tab, and is forgotten when you close it.</p>
    </form>
  );
}
