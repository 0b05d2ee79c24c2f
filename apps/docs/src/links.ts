import { posix } from "node:path";

/** Code, which is left as it is, or a link or a picture whose target is a path, with its text. */
const links = /```.*?```|`[^`\n]*`|!?\[((?:[^[\]]|\[[^[\]]*\])*)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)/gs;

/**
 * The text of a document with its links as they are on the site: to the page of what they lead to, to a picture; and what
 * the site does not have becomes its words, since the repository has no address.
 * @param file the document, from the root of the repository
 * @param pages pages by file of the repository, from the root of the site, without extension
 */
export function linksOfSite(text: string, file: string, pages: ReadonlyMap<string, string>): string {
  return text.replace(links, (link, words: string | undefined, path: string | undefined, anchor = "") => {
    if (path === undefined) return link;
    const target = posix.join(posix.dirname(file), path).replace(/\/$/, "");
    if (link.startsWith("!")) return `![${words}](/${target.replace(/^docs\//, "")})`;
    const page = [target, `${target}/README.md`, `${target}/index.md`].map((each) => pages.get(each)).find(Boolean);
    return page === undefined ? (words ?? "") : `[${words}](/${page}.md${anchor})`;
  });
}
