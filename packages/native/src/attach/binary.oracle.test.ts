import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { ProbedProgram } from "../../../testkit/src/native/probed-program.ts";
import { Binary } from "./binary.ts";

describeWith(["gcc"], "a program or library", () => {
  let probed: ProbedProgram;
  beforeAll(() => {
    probed = new ProbedProgram();
  });
  afterAll(() => probed.close());

  /** Places of segments in memory and in the file, as readelf shows them. */
  function inFile(path: string, address: number): number {
    const shown = execFileSync("readelf", ["--program-headers", "--wide", path], { encoding: "utf8" });
    for (const [, offset, start, size] of shown.matchAll(/LOAD +(0x\S+) (0x\S+) \S+ (0x\S+)/g)) {
      if (address >= Number(start) && address < Number(start) + Number(size))
        return address - Number(start) + Number(offset);
    }
    throw new Error(`${address} is in no segment`);
  }

  test("has each function where readelf and nm have it", () => {
    const listed = execFileSync("nm", ["--defined-only", probed.path], { encoding: "utf8" });
    const binary = new Binary(probed.path);
    for (const name of ["main", "handle_request", "_start"]) {
      const address = Number(`0x${new RegExp(`^(\\S+) T ${name}$`, "m").exec(listed)?.[1]}`);
      expect([name, binary.offsetOf(name)]).toEqual([name, inFile(probed.path, address)]);
    }
    expect(binary.probes).toEqual([{ provider: "shop", name: "request_start" }]);
    expect(new Binary(probed.stripped()).probes).toEqual(binary.probes);
  });

  test("of several versions of a function means the one that is linked to", () => {
    const libc = new Binary("libc.so.6");
    const listed = execFileSync("nm", ["-D", "--with-symbol-versions", libc.path], { encoding: "utf8" });
    const functions = [...listed.matchAll(/^(\S+) T ([a-z_]+)@@\S+$/gm)];
    expect(functions.length).toBeGreaterThan(500);
    for (const [, address, name = ""] of functions) {
      expect([name, libc.offsetOf(name)]).toEqual([name, inFile(libc.path, Number(`0x${address}`))]);
    }
  });
});
