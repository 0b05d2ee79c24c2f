/** What the address keeps behind its "#", which no browser sends to a server. */
export interface AddressState {
  readonly name: string;
  readonly text: string;
  /** The older version, where two are compared. */
  readonly before: string | undefined;
  readonly sample: string;
}

/** Longer addresses are cut by what passes them on. */
const mostCharacters = 60_000;

/** Reads the fragment of an address; undefined where it keeps nothing. */
export function readFragment(fragment: string): AddressState | undefined {
  const values = new URLSearchParams(fragment.replace(/^#/, ""));
  const text = values.get("text");
  if (text === null) return undefined;
  return {
    name: values.get("name") ?? "types.h",
    text,
    before: values.get("before") ?? undefined,
    sample: values.get("sample") ?? "",
  };
}

/** The fragment that keeps this; undefined where it would be too long. */
export function fragmentOf({ name, text, before, sample }: AddressState): string | undefined {
  // No character is shorter there: what is too long as it is need not be made into one.
  if (text.length + sample.length + (before?.length ?? 0) > mostCharacters) return undefined;
  const values = new URLSearchParams({ name, text });
  if (before !== undefined) values.set("before", before);
  if (sample !== "") values.set("sample", sample);
  const fragment = `#${values}`;
  return fragment.length > mostCharacters ? undefined : fragment;
}
