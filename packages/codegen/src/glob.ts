/** `__u64[4][2]` without the dimensions. In linear time: names come from inputs, too. */
export function withoutDimensions(text: string): string {
  let end = text.length;
  while (text[end - 1] === "]") {
    let start = end - 2;
    while (start >= 0 && /\d/.test(text[start]!)) start -= 1;
    if (text[start] !== "[" || start === end - 2) break;
    end = start;
  }
  return text.slice(0, end);
}

/** Whether `pattern` is a glob and not a plain name; the dimensions of an array (`__u64[4]`) are part of a name. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(withoutDimensions(pattern));
}

/** What a glob says of the names that it matches, without what may be anything. */
export function literalPart(pattern: string): string {
  return pattern.replace(/[*?]|\[[^\]]+\]/g, "");
}

/**
 * A glob over type names: `*` any text, `?` one character, `[a-z]` and `[!a-z]` one of a set. Matches in time linear in
 * the name for each star, whatever the pattern.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const parts: { readonly star: boolean; readonly test: (character: string) => boolean }[] = [];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index]!;
    const close = character === "[" ? pattern.indexOf("]", index + 2) : -1;
    if (character === "*") {
      if (parts[parts.length - 1]?.star !== true) parts.push({ star: true, test: () => true });
    } else if (character === "?") parts.push({ star: false, test: () => true });
    else if (close > 0) {
      const negated = pattern[index + 1] === "!" || pattern[index + 1] === "^";
      parts.push({ star: false, test: setMatcher(pattern.slice(index + (negated ? 2 : 1), close), negated) });
      index = close;
    } else parts.push({ star: false, test: (other) => other === character });
  }
  return (name) => {
    let part = 0;
    let at = 0;
    let lastStar = -1;
    let resume = 0;
    while (at < name.length) {
      const current = parts[part];
      if (current?.star === true) {
        lastStar = part;
        resume = at;
        part += 1;
      } else if (current?.test(name[at]!) === true) {
        part += 1;
        at += 1;
      } else if (lastStar >= 0) {
        part = lastStar + 1;
        resume += 1;
        at = resume;
      } else return false;
    }
    while (parts[part]?.star === true) part += 1;
    return part === parts.length;
  };
}

function setMatcher(set: string, negated: boolean): (character: string) => boolean {
  const ranges: [string, string][] = [];
  for (let index = 0; index < set.length; index += 1) {
    if (set[index + 1] === "-" && index + 2 < set.length) {
      ranges.push([set[index]!, set[index + 2]!]);
      index += 2;
    } else ranges.push([set[index]!, set[index]!]);
  }
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== negated;
}
