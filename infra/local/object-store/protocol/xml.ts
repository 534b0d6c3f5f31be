/** The namespace of every S3 result document. */
export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Escapes text for XML. Control characters, which XML 1.0 cannot hold, become references as S3 sends them. */
export function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: object keys may hold every control character
  return text.replace(/[&<>"'\u0000-\u001f\ufffe\uffff]/g, (character) => {
    return entities[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
  });
}

export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

export function xmlDocument(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}

/** A result document: `<name xmlns="…">inner</name>`; `inner` is XML already. */
export function resultDocument(name: string, inner: string): string {
  return xmlDocument(`<${name} xmlns="${S3_NAMESPACE}">${inner}</${name}>`);
}
