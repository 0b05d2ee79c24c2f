import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { forms, generatedForm } from "./testing/forms.ts";

const golden = fileURLToPath(new URL("golden/", import.meta.url));
const biome = fileURLToPath(new URL("../../../../node_modules/@biomejs/biome/bin/biome", import.meta.url));

test("generated files have nothing that biome's recommended rules refuse, without a comment that turns them off", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-lint-"));
  try {
    cpSync(golden, folder, { recursive: true });
    for (const form of forms) writeFileSync(join(folder, `${form}.gen.ts`), await generatedForm(form));
    writeFileSync(
      join(folder, "biome.json"),
      JSON.stringify({ root: true, linter: { rules: { preset: "recommended" } } }),
    );
    // What the linter finds in a file that it does refuse shows that it looks.
    writeFileSync(join(folder, "refused.ts"), "export const seen = (view: DataView | null) => view!.byteLength;\n");
    const lint = (file: string): { readonly status: number | null; readonly report: string } => {
      const options = ["lint", "--error-on-warnings", "--max-diagnostics=50", file];
      const { status, stdout, stderr } = spawnSync(biome, options, { cwd: folder, encoding: "utf8" });
      return { status, report: `${stdout}${stderr}` };
    };
    expect(lint("refused.ts").report).toContain("noNonNullAssertion");
    rmSync(join(folder, "refused.ts"));
    const { status, report } = lint(".");
    expect(report).toMatch(/^Checked \d+ files in [^\n]*\n$/);
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
