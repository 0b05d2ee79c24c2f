/** A comment of the form that the kernel writes, taken apart: what it says of the whole, and what of its members. */
export interface KernelDoc {
  /** Empty where nothing is left. */
  readonly own: string;
  readonly members: ReadonlyMap<string, string>;
}

/** `@name: text`, with the lines that go on, up to an empty one or the next of its kind. */
const memberLine = /^\s*@([A-Za-z_]\w*)\s*:\s*(.*)$/;

/** Takes the lines `@name: text` of the members in `names` out of a comment; any other stays where it is. */
export function kernelDocOf(doc: string, names: ReadonlySet<string>): KernelDoc {
  const own: string[] = [];
  const members = new Map<string, string>();
  let open: string | undefined;
  for (const line of doc.split("\n")) {
    const [, name = "", text = ""] = memberLine.exec(line) ?? [];
    if (names.has(name)) {
      open = name;
      members.set(name, text.trim());
    } else if (open === undefined || name !== "" || line.trim() === "") {
      open = undefined;
      own.push(line);
    } else members.set(open, `${members.get(open) ?? ""} ${line.trim()}`.trim());
  }
  return { own: own.join("\n").trim(), members };
}
