const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to here a loop beats the call into TextDecoder; feature names and clip ids are this short. */
const shortBytes = 64;

/** `bytes[start .. end)` as text; null when it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string | null {
  if (end - start > shortBytes) return decodeSlowly(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x80) return decodeSlowly(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

function decodeSlowly(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
