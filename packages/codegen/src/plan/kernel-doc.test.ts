import { expect, test } from "vitest";
import { kernelDocOf } from "./kernel-doc.ts";

const doc = `struct event - what happened
@ts: when, in nanoseconds
  since boot
@pid: who
@gone: not a member

Sent for every exec.`;

test("lines about members go to them, with those that go on; all else stays", () => {
  const { own, members } = kernelDocOf(doc, new Set(["ts", "pid"]));
  expect(own).toBe("struct event - what happened\n@gone: not a member\n\nSent for every exec.");
  expect([...members]).toEqual([
    ["ts", "when, in nanoseconds since boot"],
    ["pid", "who"],
  ]);
});

test("a comment that names no member stays whole", () => {
  expect(kernelDocOf("an event\n@deprecated: yes", new Set(["ts"]))).toEqual({
    own: "an event\n@deprecated: yes",
    members: new Map(),
  });
});
