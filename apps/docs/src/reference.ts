import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application } from "typedoc";
import { load } from "typedoc-plugin-markdown";
import { type EntryPoint, entryPoints } from "./entry-points.ts";

/** The page of an entry point, below `reference/`. */
export const referencePage = ({ name }: EntryPoint): string => name.replace("@", "").replaceAll("/", "-");

/**
 * Writes a page for each entry point, of its declarations and their comments.
 * @throws Error where typedoc complains: of a comment it cannot read, or a link that leads nowhere.
 */
export async function writeReference(root: string, folder: string): Promise<void> {
  const points = entryPoints(root);
  const application = await Application.bootstrapWithPlugins({
    plugin: [load],
    entryPoints: points.map(({ source }) => join(root, source)),
    tsconfig: join(root, "tsconfig.json"),
    skipErrorChecking: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    disableSources: true,
    disableGit: true,
    readme: "none",
    githubPages: false,
    sort: ["source-order"],
    logLevel: "Warn",
    validation: { notExported: false, invalidLink: true, rewrittenLink: false, notDocumented: false },
  });
  const options: Readonly<Record<string, unknown>> = {
    out: folder,
    entryFileName: "index.md",
    outputFileStrategy: "modules",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    hideGroupHeadings: false,
    useCodeBlocks: true,
    parametersFormat: "table",
  };
  for (const [name, value] of Object.entries(options)) application.options.setValue(name as never, value as never);
  const project = await application.convert();
  if (project === undefined) throw new Error("typedoc made no reference");
  // A module is named by what is imported, not by where its source lies.
  for (const module of project.children ?? []) {
    const point = points.find(({ source }) => `packages/${module.name}` === source.replace(/(?:\/index)?\.ts$/, ""));
    if (point === undefined) throw new Error(`no entry point is ${module.name}`);
    module.name = referencePage(point);
  }
  application.validate(project);
  await application.generateOutputs(project);
  if (application.logger.hasErrors() || application.logger.hasWarnings()) throw new Error("typedoc complains, above");
  for (const point of points) {
    const page = join(folder, `${referencePage(point)}.md`);
    const text = readFileSync(page, "utf8").replace(/^# .*$/m, () => `# ${point.name}`);
    // Marks of members within tables, which nothing links to: tags are text on the site.
    writeFileSync(page, text.replace(/<a id="[^"]*"><\/a> ?/g, ""));
  }
}
