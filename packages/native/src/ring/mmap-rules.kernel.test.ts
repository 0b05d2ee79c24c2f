import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { createRingBuf, createUserRingBuf } from "../index.ts";

/** What the kernel says to each mapping of a ring of two pages: of a ring buffer, and of a user ring. */
const rules: readonly (readonly [what: string, ringBuf: string, userRingBuf: string])[] = [
  ["consumer page, writable", "OK", "EPERM"],
  ["consumer page, write only", "OK", "EPERM"],
  ["two pages from the start, writable", "EPERM", "EPERM"],
  ["producer page, writable", "EPERM", "OK"],
  ["data page, writable", "EPERM", "OK"],
  ["alias page, writable", "EPERM", "OK"],
  ["producer and data, writable", "EPERM", "OK"],
  ["everything, read only", "OK", "OK"],
  ["everything, no access", "OK", "OK"],
  ["a page past the end, read only", "EINVAL", "EINVAL"],
  ["a page past the end, writable", "EPERM", "EINVAL"],
  ["private", "EINVAL", "EINVAL"],
  ["executable", "EPERM", "EPERM"],
  ["unaligned", "EINVAL", "EINVAL"],
  ["nothing", "EINVAL", "EINVAL"],
  ["read only, then writable", "EACCES", "EACCES"],
  ["data read only, then writable", "EACCES", "EACCES"],
  ["read only, then executable", "EACCES", "EACCES"],
  ["read only, then no access", "OK", "OK"],
  ["consumer writable, read only, writable", "OK", "not mapped"],
  ["grown", "EFAULT", "EFAULT"],
  ["doubled", "EFAULT", "EFAULT"],
  ["moved", "OK", "OK"],
];

describeWith(["kernel", "gcc"], "the kernel's rules for mapping a ring", () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-mmap-"));
    program = join(folder, "mmap-rules");
    const source = fileURLToPath(new URL("../../../testkit/src/native/mmap-rules.c", import.meta.url));
    execFileSync("gcc", ["-Wall", "-O1", source, "-o", program]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ["a ring buffer", createRingBuf, 1],
    ["a user ring", createUserRingBuf, 2],
  ] as const)("are those that this backend is built on, for %s", (_name, create, column) => {
    using map = create({ name: "rules", maxEntries: 8192 });
    const said = execFileSync(program, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit", map.fd] });
    expect(said.trim().split("\n")).toEqual(rules.map((rule) => `${rule[0]}: ${rule[column]}`));
  });
});
