import { useState } from 'preact/hooks';

/** The same call for a shell, and a button that copies it. */
export function CurlBox({ curl }: { curl: string }) {
  const [told, setTold] = useState('');
  const copy = () =>
    navigator.clipboard.writeText(curl).then(
      () => setTold('Copied.'),
      () => setTold('The browser does not let it be copied; select the text instead.'),
    );
  return (
    <section class="curl" aria-labelledby="curl-title">
      <h3 id="curl-title">The same call</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>
        <code>{curl}</code>
      </pre>
      <p class="row">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span role="status">{told}</span>
      </p>
    </section>
  );
}
