import { execFileSync } from "node:child_process";
import { join } from "node:path";

/**
 * Builds the site, of packages that are built already: a build of theirs would write what other tests read.
 * @param root the root of the repository
 */
export function buildSite(root: string): void {
  const vitepress = join(root, "apps/docs/node_modules/vitepress/bin/vitepress.js");
  execFileSync(process.execPath, [vitepress, "build"], { cwd: join(root, "apps/docs"), stdio: "pipe" });
}
