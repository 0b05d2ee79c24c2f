import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const source = "struct event { unsigned int pid; /* who */ char comm[16]; unsigned long long ts; };\n";

async function rbgen(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const host = new MemoryHost({ files: { "/w/events.h": source, "/w/bad.h": "struct event { none_t a; };" } });
  const code = await runCommand(args, host);
  return { code, out: host.out, err: host.err };
}

test("a schema says what toJSON gives of an input's records", async () => {
  const { code, out, err } = await rbgen("schema", "events.h");
  expect([code, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toEqual({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $ref: "#/$defs/Event",
    $defs: {
      Event: {
        type: "object",
        properties: {
          pid: { type: "integer", minimum: 0, maximum: 4294967295, description: "who" },
          comm: { type: "string" },
          ts: {
            type: "string",
            pattern: "^(0|[1-9][0-9]*)$",
            description: "An integer of 64 bits as a decimal string.",
          },
        },
        required: ["pid", "comm", "ts"],
        additionalProperties: false,
      },
    },
  });
});

test("names and integers are those that are asked for", async () => {
  const { out } = await rbgen("schema", "--int64", "number", "--case", "preserve", "events.h");
  const { $ref, $defs } = JSON.parse(out) as { $ref: string; $defs: Record<string, { properties: object }> };
  expect($ref).toBe("#/$defs/event");
  expect($defs["event"]?.properties).toMatchObject({ ts: { type: "integer", minimum: 0, maximum: 2 ** 53 - 1 } });
});

test("of several inputs one is to be named", async () => {
  const files = { "/w/a.h": source, "/w/b.h": source, "/w/rbgen.config.json": '{ "inputs": ["a.h", "b.h"] }' };
  const host = new MemoryHost({ files });
  expect(await runCommand(["schema"], host)).toBe(2);
  expect(host.err).toContain(
    "one document is printed, and rbgen.config.json names 2 inputs: name one of them, as rbgen schema a.h",
  );
  expect(await runCommand(["schema", "b.h"], host)).toBe(0);
});

test("what is wrong with the input is told, and no schema is printed", async () => {
  const { code, out, err } = await rbgen("schema", "bad.h");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/error RB2/);
});
