import { S3Error } from './s3-error.ts';

/** An element of a request document; namespaces are dropped, as the S3 clients disagree on them. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s<>/!?]+)([^<>]*?)(\/?)>|([^<]+)/gy;
const deepest = 16;

/**
 * Reads the small documents that S3 clients send (CompleteMultipartUpload, Delete, CreateBucketConfiguration).
 * Not a general reader: a document type declaration is refused, so no entity can be defined or expanded.
 *
 * @throws S3Error MalformedXML
 */
export function readXml(source: string): XmlElement {
  const document: OpenElement = { name: '', text: '', children: [] };
  const open: OpenElement[] = [document];
  token.lastIndex = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    if (match === null) throw malformed();
    const [, cdata, closing, qualifiedName, , selfClosing, text] = match;
    const current = open.at(-1)!;
    if (cdata !== undefined) current.text += cdata;
    else if (text !== undefined) current.text += decodeEntities(text);
    else if (qualifiedName !== undefined) {
      const name = qualifiedName.slice(qualifiedName.indexOf(':') + 1);
      if (closing === '/') {
        if (open.length === 1 || current.name !== name) throw malformed();
        open.pop();
      } else {
        const child: OpenElement = { name, text: '', children: [] };
        current.children.push(child);
        if (selfClosing !== '/') open.push(child);
        if (open.length > deepest) throw malformed();
      }
    }
  }
  const root = document.children[0];
  if (open.length !== 1 || document.children.length !== 1 || root === undefined) throw malformed();
  return root;
}

/** The text of the only child of that name, or null. */
export function childText(parent: XmlElement, name: string): string | null {
  return parent.children.find((child) => child.name === name)?.text ?? null;
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));|&/g, (_, hex, decimal, name) => {
    if (name !== undefined && named[name] !== undefined) return named[name];
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
    if (!(code <= 0x10ffff)) throw malformed();
    return String.fromCodePoint(code);
  });
}

function malformed(): S3Error {
  return new S3Error('MalformedXML', 'The XML you provided was not well-formed.');
}
