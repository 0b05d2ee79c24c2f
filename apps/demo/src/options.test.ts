import { expect, test } from "vitest";
import { OptionError, parseOptions } from "./options.ts";

const nothing = { backend: "vm", all: false, view: "page", json: false, rate: 5000, seconds: Number.POSITIVE_INFINITY };

test.each([
  [[], nothing],
  [["--tui"], { ...nothing, view: "terminal" }],
  [["--headless"], { ...nothing, view: "none", seconds: 5 }],
  [["--headless", "--seconds", "3", "--json"], { ...nothing, view: "none", seconds: 3, json: true }],
  [["--rate", "100", "--seconds", "0.5"], { ...nothing, seconds: 0.5, rate: 100 }],
  [["--backend", "native"], { ...nothing, backend: "native" }],
  [["--backend", "native", "--all"], { ...nothing, backend: "native", all: true }],
])("the command line %j is understood", (args, expected) => {
  expect(parseOptions(args, true)).toEqual(expected);
});

test("an address of an earlier run is taken apart, and is a loopback's", () => {
  const token = "0123456789abcdef0123456789abcdef";
  expect(parseOptions(["--address", `http://127.0.0.1:4321/${token}/`], false)).toEqual({
    ...nothing,
    address: { port: 4321, token },
  });
});

test.each([
  [["--seconds", "x"]],
  [["--seconds", "0"]],
  [["--rate", "-1"]],
  [["--nonsense"]],
  [["stray"]],
  [["--backend", "none"]],
  [["--tui", "--headless"]],
  [["--all"]],
  [["--backend", "vm", "--all"]],
  [["--address", "http://example.org:4321/0123456789abcdef0123456789abcdef/"]],
  [["--address", "http://127.0.0.1:4321/short/"]],
  [["--address", "4321"]],
  [["--relay", "http://127.0.0.1:4222"]],
  [["--relay", "nats://127.0.0.1:4222", "--tui"]],
])("the command line %j is refused", (args) => {
  expect(() => parseOptions(args, true)).toThrow(OptionError);
});

test("a terminal view asks for a terminal", () => {
  expect(() => parseOptions(["--tui"], false)).toThrow(OptionError);
});

test("--help asks for help", () => {
  expect(parseOptions(["--help"], false)).toBe("help");
});
