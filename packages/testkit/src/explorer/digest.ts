/**
 * Contents of `roots` and of all that they reach, as text: equal for equal contents. Views of `shared` count by where
 * they lie, functions not at all (what they close over has to be reached some other way).
 */
export function digestOf(roots: readonly unknown[], shared: ArrayBuffer): string {
  const seen = new Map<object, number>();
  const put = (value: unknown): string => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "function" || typeof value === "symbol") return "";
    if (typeof value !== "object" || value === null) return String(value);
    const known = seen.get(value);
    if (known !== undefined) return `^${known}`;
    seen.set(value, seen.size);
    if (value === shared) return "shared";
    if (ArrayBuffer.isView(value)) {
      if (value.buffer === shared) return `@${value.byteOffset}+${value.byteLength}`;
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
    }
    if (value instanceof Map || value instanceof Set) return `<${[...value].map(put).join()}>`;
    return `{${Object.entries(value)
      .map(([name, member]) => `${name}:${put(member)}`)
      .join()}}`;
  };
  return put(roots);
}
