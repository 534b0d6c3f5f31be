/**
 * S3 lists keys in the order of their UTF-8 bytes, which JavaScript's comparison of UTF-16 code units is not.
 * A key in "byte form" has one character for each UTF-8 byte, so `<`, `startsWith` and `slice` work on bytes.
 */
export function toByteForm(key: string): string {
  return isAscii(key) ? key : Buffer.from(key, 'utf8').toString('latin1');
}

export function fromByteForm(byteForm: string): string {
  return isAscii(byteForm) ? byteForm : Buffer.from(byteForm, 'latin1').toString('utf8');
}

/** Greater than every key that begins with `prefix`: UTF-8 has no byte 0xff. */
export function afterPrefix(prefix: string): string {
  return `${prefix}\u00ff`;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
