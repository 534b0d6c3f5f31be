/** How a registry wants to be asked, from the `WWW-Authenticate` of a 401. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

/** Null when it names neither scheme; Bearer goes before Basic, as its tokens are good for one repository alone. */
export function parseChallenge(header: string | null): Challenge | null {
  const text = header ?? '';
  const bearer = /(?:^|,)\s*bearer\s+(.*)$/i.exec(text)?.[1];
  if (bearer !== undefined) {
    const { realm, service, scope } = parametersOf(bearer);
    if (realm === undefined) return null;
    return {
      scheme: 'bearer',
      realm,
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    };
  }
  return /(?:^|,)\s*basic\b/i.test(text) ? { scheme: 'basic' } : null;
}

/** `name=value` or `name="value"`, by commas, up to what begins another scheme. */
function parametersOf(text: string): Partial<Record<string, string>> {
  const parameters: Record<string, string> = {};
  const pattern = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/gy;
  for (const [, name, quoted, bare] of text.matchAll(pattern)) {
    parameters[name!.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare!;
  }
  return parameters;
}
