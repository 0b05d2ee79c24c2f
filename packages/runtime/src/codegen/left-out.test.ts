import { expect, test } from "vitest";
import { UnsupportedError } from "../errors.ts";
import { leftOut } from "./left-out.ts";

test("what a file was generated without says which part it is, and where it is asked for", () => {
  expect(() => leftOut("views")).toThrow(UnsupportedError);
  expect(() => leftOut("views")).toThrow("without views: add it to --only");
});
