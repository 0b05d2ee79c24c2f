import fc from "fast-check";
import { ts } from "ts-morph";
import { expect, test } from "vitest";
import {
  identifier,
  memberName,
  memberScope,
  type Name,
  type NameCase,
  reservedNames,
  Scope,
  typeName,
} from "./names.ts";

test.each([
  ["tcp_event", "TcpEvent", "tcpEvent"],
  ["ts_ns", "TsNs", "tsNs"],
  ["TCPState", "TCPState", "tcpState"],
  ["EVENT_TYPE", "EventType", "eventType"],
  ["EVENT_HEADER", "EventHeader", "eventHeader"],
  ["LINUX_KERNEL_VERSION", "LinuxKernelVersion", "linuxKernelVersion"],
  ["pid_TGID", "PidTgid", "pidTgid"],
  ["V4L2_BUF_A", "V4l2BufA", "v4l2BufA"],
  ["PID", "Pid", "pid"],
  ["raw_1_2", "Raw_1_2", "raw_1_2"],
  ["__be_flags_", "BeFlags", "beFlags"],
  ["___", "___", "___"],
  ["4bad name", "_4badName", "_4badName"],
])("%s becomes %s and %s", (name, type, member) => {
  expect([typeName(name, "camel"), memberName(name, "camel")]).toEqual([type, member]);
});

test("names are C's own where they are preserved", () => {
  expect([typeName("tcp_event", "preserve"), memberName("ts_ns", "preserve")]).toEqual(["tcp_event", "ts_ns"]);
});

test("a struct called as another one's view takes all of its names together", () => {
  const scope = new Scope(reservedNames);
  expect(scope.takeFamily("user_regset", "camel")).toMatchObject({ type: "UserRegset", view: "UserRegsetView" });
  expect(scope.takeFamily("user_regset_view", "camel")).toMatchObject({
    type: "UserRegsetView_",
    view: "UserRegsetView_View",
    decode: "decodeUserRegsetView_",
  });
});

test("names that differ in C by their capitals alone are told apart as all others that clash", () => {
  const members = memberScope();
  const taken = ["event_type", "EVENT_TYPE"].map((name) => members.take(memberName(name, "camel")));
  expect(taken).toEqual(["eventType", "eventType_"]);
  const scope = new Scope(reservedNames);
  const types = ["EVENT_HEADER", "event_header"].map((name) => scope.takeFamily(name, "camel"));
  expect(types.map(({ type, codec }) => [type, codec])).toEqual([
    ["EventHeader", "eventHeader"],
    ["EventHeader_", "eventHeader_"],
  ]);
});

test.each(["DataView", "class", "bigint", "string"])("a type called %s does not take that name", (name) => {
  const scope = new Scope(reservedNames);
  expect(Object.values(scope.takeFamily(name, "preserve"))).not.toContain(name);
});

test.each(["view", "value", "kind", "type", "count", "result", "get", "of"])(
  "a type called %s keeps its name, though a local or a keyword of some places is called so",
  (name) => {
    const camel = new Scope(reservedNames).takeFamily(name, "camel");
    expect([camel.type, camel.codec]).toEqual([name.charAt(0).toUpperCase() + name.slice(1), name]);
    expect(new Scope(reservedNames).takeFamily(name, "preserve").type).toBe(name);
  },
);

test.each(["constructor", "__proto__", "valueOf", "toJSON"])("a member called %s gets another name", (name) => {
  expect(memberScope().take(name as Name)).toBe(`${name}_`);
});

const cName = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/),
  fc.constantFrom(
    "event",
    "event_view",
    "Event",
    "event_",
    "decode_event",
    "EVENT",
    "__proto__",
    "constructor",
    "DataView",
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
);

test.each<NameCase>(["camel", "preserve"])(
  "whatever C or hostile BTF calls its types, %s names are identifiers and differ",
  (nameCase) => {
    fc.assert(
      fc.property(fc.array(cName, { maxLength: 12 }), (names) => {
        const scope = new Scope(reservedNames);
        const taken = names.flatMap((name) => [...new Set(Object.values(scope.takeFamily(name, nameCase)))]);
        expect(new Set(taken).size).toBe(taken.length);
        for (const name of taken) {
          expect(name).toMatch(/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u);
          expect(reservedNames.has(name)).toBe(false);
        }
      }),
    );
  },
);

test.each<NameCase>(["camel", "preserve"])("members of one struct keep names of their own in %s", (nameCase) => {
  fc.assert(
    fc.property(fc.array(cName, { maxLength: 20 }), (names) => {
      const scope = memberScope();
      const taken = names.map((name) => scope.take(memberName(name, nameCase)));
      expect(new Set(taken).size).toBe(taken.length);
      for (const name of taken) expect(name in {}).toBe(false);
    }),
  );
});

test("TypeScript's scanner takes every character of a name as it is", () => {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, false);
  const all = Array.from({ length: 0x110000 }, (_, point) => point).filter((point) => point < 0xd800 || point > 0xdfff);
  const kept: string[] = [];
  for (let start = 0; start < all.length; start += 4096) {
    const characters = all.slice(start, start + 4096).map((point) => String.fromCodePoint(point));
    const [, ...names] = identifier(`_${characters.join("")}`);
    kept.push(...characters.filter((character, index) => names[index] === character));
  }
  const refused = kept.filter((character) =>
    [identifier(character), `_${character}`].some((name) => {
      scanner.setText(name);
      return scanner.scan() !== ts.SyntaxKind.Identifier || scanner.getTokenEnd() !== name.length;
    }),
  );
  expect(refused).toEqual([]);
  expect(kept.length).toBeGreaterThan(30_000);
});
