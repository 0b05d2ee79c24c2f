// Around the packing of a package (`prepack`, and `postpack` with --undo): puts the documents that its README links to into
// the package, as `docs/`, and lets every link lead to what is packed. A link to anything else of the repository becomes its
// text. The README as it is committed is kept in `.tools` meanwhile, and taken from there where a packing was cut off.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { root } from "./workspace.mjs";

const folder = process.cwd();
const readme = join(folder, "README.md");
const kept = join(root, ".tools", "readme", `${basename(folder)}.md`);
/** Code, which is left as it is, or a link or a picture whose target is a path, with its text. */
const links = /```.*?```|`[^`\n]*`|!?\[((?:[^[\]]|\[[^[\]]*\])*)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)/gs;

function undo() {
  if (!existsSync(kept)) return;
  writeFileSync(readme, readFileSync(kept));
  rmSync(kept);
  rmSync(join(folder, "docs"), { recursive: true, force: true });
}

/** Where the pages of diagnostics are in the package that prints them. */
const diagnostics = join(folder, "dist", "diagnostics");
const packedDiagnostics = existsSync(diagnostics) ? readdirSync(diagnostics) : [];

/** Where a file of the repository is packed; undefined where it is not. */
function packedAt(target, documents) {
  if (documents.has(target)) return join(folder, "docs", basename(target));
  if (dirname(target) === join(root, "docs", "diagnostics") && packedDiagnostics.includes(basename(target))) {
    return join(diagnostics, basename(target));
  }
  return target.startsWith(`${folder}/`) && statSync(target, { throwIfNoEntry: false })?.isFile() ? target : undefined;
}

function withLinks(text, from, to, documents) {
  return text.replace(links, (link, words, path, anchor = "") => {
    if (path === undefined) return link;
    const target = packedAt(resolve(dirname(from), path), documents);
    return target === undefined
      ? words
      : link.replace(`(${path}${anchor})`, `(${relative(dirname(to), target)}${anchor})`);
  });
}

undo();
if (!process.argv.includes("--undo")) {
  const text = readFileSync(readme, "utf8");
  const documents = new Set(
    [...text.matchAll(links)]
      .map(([, , path]) => resolve(folder, path ?? "."))
      .filter((path) => dirname(path) === join(root, "docs") && path.endsWith(".md")),
  );
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, text);
  writeFileSync(readme, withLinks(text, readme, readme, documents));
  if (documents.size > 0) mkdirSync(join(folder, "docs"), { recursive: true });
  for (const path of documents) {
    const packed = join(folder, "docs", basename(path));
    writeFileSync(packed, withLinks(readFileSync(path, "utf8"), path, packed, documents));
  }
  for (const name of packedDiagnostics) {
    const page = join(root, "docs", "diagnostics", name);
    const packed = join(diagnostics, name);
    writeFileSync(packed, withLinks(readFileSync(page, "utf8"), page, packed, documents));
  }
}
