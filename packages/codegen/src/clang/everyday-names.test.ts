import { expect, test } from "vitest";
import { everydayDefinitions } from "./everyday-names.ts";

test("everyday names that clang does not know are defined as the prelude has them, and no others", () => {
  const complaints = `unit.h:1:12: error: unknown type name '__u64'
unit.h:2:1: error: unknown type name 'their_type'
unit.h:3:9: error: use of undeclared identifier 'TASK_COMM_LEN'
unit.h:4:1: error: use of undeclared identifier 'NULL'
unit.h:5:1: warning: unknown type name 'u8'`;
  expect([...everydayDefinitions(complaints)]).toEqual([
    ["__u64", "typedef unsigned long long __u64;"],
    ["TASK_COMM_LEN", "#define TASK_COMM_LEN (16)"],
    ["NULL", "#define NULL ((void *)0)"],
  ]);
});
