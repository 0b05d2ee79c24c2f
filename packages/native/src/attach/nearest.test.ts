import { expect, test } from "vitest";
import { nearestOf } from "./nearest.ts";

test.each([
  ["do_nanoslep", ["do_nanosleep", "do_open", "nanosleep"], '; did you mean "do_nanosleep"?'],
  ["request", ["request_start", "request_end", "start"], '; did you mean "request_end" or "request_start"?'],
  ["lo", ["eth0", "wlan0"], ""],
  ["shed", ["sched", "shed", "sched"], '; did you mean "sched"?'],
  ["anything", [], ""],
])("%s among %j: %s", (name, candidates, told) => {
  expect(nearestOf(name, candidates)).toBe(told);
});

test("a name with one character left out or changed is found, whichever it is", () => {
  const name = "tcp_connect";
  for (let at = 0; at < name.length; at++) {
    for (const instead of ["", "Z"]) {
      const wrong = `${name.slice(0, at)}${instead}${name.slice(at + 1)}`;
      expect(nearestOf(wrong, ["another_function", name])).toBe(`; did you mean "${name}"?`);
    }
  }
});
