import { inspect } from "node:util";
import { expect, test } from "vitest";
import { explainKind } from "./explain.ts";
import { BpfLoadError } from "./libbpf.ts";

test("an error that is printed has libbpf's log once", () => {
  const error = new BpfLoadError('bpf_object__load: "probe"', -22, "bpf_object__load", "libbpf: the log");
  expect(error.log).toBe("libbpf: the log");
  expect(inspect(error).match(/libbpf: the log/g)).toHaveLength(1);
});

test("only what a kernel or a policy may refuse by its kind is explained by it, and only where it is refused", () => {
  expect(explainKind(-22, "fentry/do_nanosleep")).toBe("");
  expect(explainKind(-1, "raw_tp/sched_switch")).toBe("");
});
