const encoder = new TextEncoder();
const escaped = (character: string): string => {
  let token = "";
  for (const byte of encoder.encode(character)) token += `=${byte.toString(16).padStart(2, "0")}`;
  return token;
};

/** A name as one token of a subject or bucket key: what NATS gives a meaning becomes "=" and two hexadecimal digits. */
export function tokenOf(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/gu, escaped);
}

/** The name that {@link tokenOf} made `token` of; undefined for what it makes of none. */
export function nameOf(token: string): string | undefined {
  const bytes: number[] = [];
  for (const [part] of token.matchAll(/=[0-9a-f]{2}|./gsu)) {
    bytes.push(part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0));
  }
  const name = new TextDecoder().decode(Uint8Array.from(bytes));
  return tokenOf(name) === token ? name : undefined;
}

/** Where the chunks of a host's ring are published; without `host`, those of all hosts. */
export function chunkSubject(ring: string, host?: string): string {
  return `rbgen.chunks.${tokenOf(ring)}.${host === undefined ? "*" : tokenOf(host)}`;
}

/** Where a host takes records for its user ring. */
export function commandSubject(ring: string, host: string): string {
  return `rbgen.commands.${tokenOf(ring)}.${tokenOf(host)}`;
}

/** The stream that stores a ring's chunks, of all hosts. */
export function streamName(ring: string): string {
  return `rbgen-${tokenOf(ring)}`;
}
