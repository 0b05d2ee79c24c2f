import { expect, test } from "vitest";
import { MemoryHost } from "../host/memory-host.ts";
import { ReadFiles } from "../host/read-files.ts";
import { readImports } from "./config-imports.ts";

test("what a configuration imports by relative paths is read, with what that imports, in circles too", () => {
  const texts = {
    "/w/rbgen.config.ts": `import { a } from "./conf/a.js";
import type { T } from './conf/types'; // import "./commented.ts"
export * from "../shared";
const { b } = await import("./b.cjs"), c = require("./c.json");
import { defineConfig } from "rbgen";
export default { inputs: ["./bpf/types.h"], output: "./types.gen.ts" };
`,
    "/w/conf/a.ts": 'export { a } from "./deep.mts";\nimport "../rbgen.config.ts";\n',
    "/w/conf/deep.mts": "export const a = 1;\n",
    "/w/conf/types.ts": "export type T = 1;\n",
    "/shared/index.ts": "",
    "/w/b.cjs": "",
    "/w/c.json": '{ "from": "./no.ts" }',
    "/w/bpf/types.h": "",
    "/w/types.gen.ts": "",
  };
  const files = new ReadFiles(new MemoryHost({ files: texts }).files);
  const read = files.collect();
  readImports("/w/rbgen.config.ts", files);
  const unread = ["/w/bpf/types.h", "/w/types.gen.ts"];
  expect([...read].sort()).toEqual(
    Object.keys(texts)
      .filter((path) => !unread.includes(path))
      .sort(),
  );
  expect(files.missing()).toEqual(expect.arrayContaining(["/w/conf/a.js", "/w/commented.ts"]));
});
