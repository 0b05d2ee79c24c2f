import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { afterAll, beforeAll, expect, test } from "vitest";

const packages = fileURLToPath(new URL("../../", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** What others import, with the declarations that were built of it, and the report that is committed. */
const entries = readdirSync(packages)
  .sort()
  .flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8")) as Manifest;
    if (manifest.private === true) return [];
    return Object.entries(manifest.exports).flatMap(([path, target]) => {
      if (typeof target === "string") return [];
      const report = path === "." ? "index" : path.slice(2).replaceAll("/", "-");
      return [{ name: `${manifest.name}${path.slice(1)}`, folder, types: target.types, report: `${report}.api.md` }];
    });
  });

const isBuilt = entries.every(({ folder, types }) => existsSync(join(packages, folder, types)));

/**
 * A change of what others import shows as a change of `packages/NAME/api/`, where whoever reviews it sees it:
 * `vitest run --project oracle packages/testkit/src/api-reports.oracle.test.ts -u` writes the reports anew.
 */
test.skipIf(!isBuilt).each(entries)(
  "the report of $name is what was built",
  async ({ name, folder, types, report }) => {
    const root = join(packages, folder);
    const config = ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, "package.json"),
      configObject: {
        projectFolder: root,
        mainEntryPointFilePath: join(root, types),
        compiler: {
          overrideTsconfig: {
            compilerOptions: {
              module: "nodenext",
              target: "es2022",
              lib: ["es2022", "esnext.disposable", "dom"],
              skipLibCheck: true,
            },
            include: [join(root, types)],
          },
        },
        apiReport: {
          enabled: true,
          reportFileName: report,
          reportFolder: scratch,
          reportTempFolder: join(scratch, "temporary"),
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: {
          compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
          extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
          tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        },
      },
    });
    const problems: string[] = [];
    Extractor.invoke(config, {
      localBuild: true,
      messageCallback: (message) => {
        message.handled = true;
        if (message.logLevel === "error") problems.push(message.text);
      },
    });
    expect(problems).toEqual([]);
    const text = readFileSync(join(scratch, report), "utf8").replace(/\r\n/g, "\n");
    expect(text, name).toContain("export ");
    await expect(text).toMatchFileSnapshot(join(root, "api", report));
  },
);

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "rbgen-api-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
