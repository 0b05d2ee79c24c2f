/** A block of code in a document. */
export interface Block {
  readonly language: string;
  /** What its first line, a comment, calls it. */
  readonly name: string | undefined;
  readonly text: string;
}

/** The blocks of code of a document, in order. */
export function blocksOf(document: string): readonly Block[] {
  return [...document.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => {
    const [, name] = /^\/\/ (\S+\.\w+)\n/.exec(text) ?? [];
    return { language, name, text };
  });
}

/** What links and pictures of a document lead to, without addresses and anchors; code has none. */
export function pathsOf(document: string): readonly string[] {
  const text = document.replace(/```.*?```|`[^`\n]*`/gs, "");
  return [...text.matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)/g)].map(([, path = ""]) => path);
}
