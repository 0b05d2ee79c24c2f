import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { ManualClock } from "@rbgen/runtime/emulated";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { maps } from "../../../../apps/demo/src/types.gen.ts";
import { VmObject } from "./vm-object.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../../../${name}`, import.meta.url));

describeWith(["clang", "libbpf"], "the demo's object, unmodified", () => {
  const bytes = compileBpf(readFileSync(path("apps/demo/bpf/demo.bpf.c"), "utf8"), "little", [
    `-I${path("apps/demo/bpf")}`,
    `-I${path("packages/codegen/include")}`,
  ]);

  test.each(["wasm", "interpreter"] as const)("obeys commands and sends records, by %s", async (engine) => {
    const clock = new ManualClock();
    using object = await VmObject.load(bytes, { engine, clock, rodata: { first_rate: 1000 } });
    const reader = new RingBufReader(object.ringBuf(maps.events), maps.events.codec);
    const seen = (): string[] => {
      const kinds: string[] = [];
      reader.consume((event) => void kinds.push(event.kind));
      return kinds;
    };
    clock.advance(1000);
    const tick = object.program("tick");
    expect(tick.run().returnValue).toBe(0);
    clock.advance(500);
    tick.run();
    const kinds = seen();
    expect(kinds).toHaveLength(502); // 1000 a second, and two of its state
    expect(new Set(kinds)).toEqual(
      new Set(["exec_event", "exit_event", "open_event", "connect_event", "status_event"]),
    );
    using writer = new UserRingBufWriter(object.userRingBuf(maps.commands), maps.commands.codec);
    writer.writeAll([
      { sequence: 1, kind: 3, value: 10 },
      { sequence: 2, kind: 4, value: 2 },
      { sequence: 3, kind: 1 },
    ]);
    tick.run();
    clock.advance(900);
    tick.run();
    const statuses: unknown[] = [];
    reader.consume((event) => void (event.kind === "status_event" && statuses.push(event)));
    expect(statuses.at(-1)).toMatchObject({ commands: 3, rate: 10, filter: 2, paused: true });
    reader.close();
  });
});
