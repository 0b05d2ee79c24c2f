import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "./btf-module.ts";

describeWith(["clang"], "a module of an object", () => {
  test("finds types that only its debug information has, by name", () => {
    const object = compileBpf(`struct own { int a; }; extern int send(void *);
      int f(int n) { struct own o = { n }; return send(&o); }`);
    const module = readBtfModule(object, { name: "a.bpf.o", path: "a.bpf.o" }, () => {});
    expect(module?.find("own").map(({ kind }) => kind)).toEqual(["struct"]);
    expect([...(module?.names() ?? [])]).toContain("own");
  });
});
