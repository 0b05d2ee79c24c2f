import { didYouMean } from "./suggest.ts";

/** Names of one error; an object may have hundreds of maps, and a struct of the kernel as many members. */
const most = 16;

/**
 * What there is in place of a `name` that there is not, to stand behind "has no …": `; it has "a", "b"`, of very many the
 * first ones and how many more, and which of all of them may have been meant. `lead` stands in place of "it has".
 */
export function describePresent(name: string, present: Iterable<string>, lead = "it has"): string {
  const all = [...present];
  if (all.length === 0) return `; ${lead} none`;
  // one more name is no longer than the count of what is left out
  const shown = all.length <= most + 1 ? all : all.slice(0, most);
  const names = shown.map((other) => `"${other}"`).join(", ");
  const rest = shown.length === all.length ? "" : ` and ${all.length - shown.length} more`;
  const meant = didYouMean(name, all);
  return `; ${lead} ${names}${rest}${meant === undefined ? "" : `; ${meant}`}`;
}
