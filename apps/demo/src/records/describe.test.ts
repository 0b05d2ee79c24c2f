import { expect, test } from "vitest";
import type { StatusEvent } from "../types.gen.ts";
import { describe } from "./describe.ts";

const status = (commands: number): StatusEvent => ({ kind: "status_event", commands, rate: 5000 }) as StatusEvent;

test("one command is not several", () => {
  expect([0, 1, 2, 1000].map((commands) => describe(status(commands)))).toEqual([
    "0 commands obeyed, 5,000 records/s",
    "1 command obeyed, 5,000 records/s",
    "2 commands obeyed, 5,000 records/s",
    "1,000 commands obeyed, 5,000 records/s",
  ]);
});
