import { beforeAll, expect, test } from "vitest";
import { withoutDebugInfo } from "../../../testkit/src/compile.ts";
import {
  described,
  exec,
  exit,
  layoutContract,
  olderExit,
  ringOf,
  uncomparedWarnings,
} from "../../../testkit/src/contract/layout-contract.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { BpfObject, checkLayout, layoutDrift, openRingBuf } from "../index.ts";

describeWith(["kernel", "clang", "libbpf"], "records that the object's BTF does not have", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBeside("layouts.bpf.c");
  });

  layoutContract(
    "as the contract of layouts has it",
    () => bytes,
    (object) => BpfObject.open(object),
  );

  test("are among the differences of an object's types and debug information", () => {
    using object = BpfObject.open(bytes);
    expect(object.btf?.find("exit")).toEqual([]);
    expect(layoutDrift(ringOf(exec, olderExit), object.btf!).map(({ message }) => message)).toEqual([
      "exit: `code` moved from byte 0 to 4",
      "exit: `kind` moved from byte 4 to 0",
    ]);
  });

  test("are told of by a warning where a ring is opened that no program's BTF tells of", async () => {
    const heard = uncomparedWarnings();
    using object = await BpfObject.load(withoutDebugInfo(bytes));
    const ring = object.ringBuf("events");
    expect(checkLayout(ring, described("events", olderExit).codec)).toEqual([]);
    openRingBuf({ id: ring.id, codec: { layout: exit } }).close();
    expect(await heard()).toEqual([expect.stringMatching(/^map "events": nothing tells the layout of "exit"/)]);
  });
});
