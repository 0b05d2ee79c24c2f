/** A name as one token of a subject or bucket key: what NATS gives a meaning becomes "=" and two hexadecimal digits. */
export function tokenOf(name: string): string {
  let token = "";
  for (const byte of new TextEncoder().encode(name)) {
    const plain =
      (byte | 32) >= 97 && (byte | 32) <= 122 ? true : (byte >= 48 && byte <= 57) || byte === 45 || byte === 95;
    token += plain ? String.fromCharCode(byte) : `=${byte.toString(16).padStart(2, "0")}`;
  }
  return token;
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
