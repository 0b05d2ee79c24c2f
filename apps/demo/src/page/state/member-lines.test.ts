import { expect, test } from "vitest";
import layouts from "../../types.gen.json" with { type: "json" };
import { declarationOf, decoderOf } from "./member-lines.ts";

const records = layouts.types.filter(({ name }) => name.endsWith("_event"));
const members = records.flatMap(({ name, leaves = [] }) =>
  leaves.map(({ path }) => [name, path.replace(/\[.*/, "")] as const),
);

test("each member of each record has the line of C that declares it, and the line that decodes it", () => {
  expect(members.length).toBeGreaterThan(20);
  for (const [record, path] of members) {
    const name = path.split(".").at(-1)!;
    expect(declarationOf(record, path)?.text, `${record}.${path}`).toContain(name);
    expect(decoderOf(record, path)?.text, `${record}.${path}`).toMatch(/^\w+: /);
  }
});

test("a member of a struct within is that struct's", () => {
  expect(declarationOf("open_event", "header.pid")?.text).toBe("__u32 pid;");
  expect(decoderOf("open_event", "header.pid")?.text).toBe("pid: view.getUint32(offset + 8, true),");
  expect(declarationOf("open_event", "nothing")).toBeUndefined();
  expect(decoderOf("open_event", "nothing")).toBeUndefined();
});
