/** A place for an annotation in C text, before the semicolon that ends a declaration. */
export function mark(owner: string, text: string): string {
  return `«${owner}|${text}»`;
}

/** The three places where annotations may stand. */
export type AnnotationPlace = "tags" | "comments" | "config";

/** C text with its annotations in one of the three places; those of the configuration beside it. */
export function withAnnotations(
  text: string,
  place: AnnotationPlace,
): { readonly text: string; readonly config: Readonly<Record<string, readonly string[]>> } {
  const config: Record<string, string[]> = {};
  const plain = text.replace(/«([^|]*)\|([^»]*)»;/g, (_, owner: string, note: string) => {
    if (place === "tags") return ` __attribute__((btf_decl_tag(${JSON.stringify(`rbgen:${note}`)})));`;
    const counted = /^length=(\w+)$/.exec(note);
    // The attribute that compilers have for it says the same.
    if (place === "comments" && counted !== null) {
      return ` __attribute__((counted_by(${counted[1]})));`;
    }
    if (place === "comments") return `; /* @rbgen ${note} */`;
    config[owner] = [...(config[owner] ?? []), note];
    return ";";
  });
  return { text: plain, config };
}
