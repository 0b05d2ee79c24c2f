import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const runtime = fileURLToPath(new URL("../../../runtime", import.meta.url));

/** A folder with the project of a user: one module that imports a header, which includes another one. */
export class Project {
  readonly path: string = realpathSync(mkdtempSync(join(tmpdir(), "rbgen-unplugin-")));

  constructor() {
    this.write("package.json", '{ "type": "module" }');
    mkdirSync(join(this.path, "node_modules/@rbgen"), { recursive: true });
    symlinkSync(runtime, join(this.path, "node_modules/@rbgen/runtime"));
    this.write("src/common.h", "struct header { unsigned long long ts; };\n");
    this.write("src/types.h", '#include "common.h"\nstruct event { struct header header; unsigned pid; };\n');
    this.write(
      "src/main.ts",
      `import { event } from "./types.h";
export const size: number = event.size;
console.log(size, event.decode(event.toBytes({ header: { ts: 5n }, pid: 7 })).pid);
`,
    );
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), content);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** What a script of the project prints. */
  run(name: string): string {
    const done = spawnSync(process.execPath, [name], { cwd: this.path, encoding: "utf8" });
    return done.stdout + done.stderr;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
