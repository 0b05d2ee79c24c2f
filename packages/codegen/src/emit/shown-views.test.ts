import { inspect } from "node:util";
import { Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";

const header = `struct flat { unsigned int id; unsigned short what, pad; union {
  unsigned int uid; /* @rbgen variant=1 */
  char name[8]; /* @rbgen variant=2 */
  struct { unsigned short n; char text[]; /* @rbgen length=n */
  } text; /* @rbgen variant=3 */
} who; /* @rbgen tag=what */ };
struct held { struct flat in; };`;

const start = (what: number) => [7, 0, 0, 0, what, 0, 0, 0];

test.each<[string, readonly number[]]>([
  ["one of a size", [...start(1), 5, 0, 0, 0, 0, 0, 0, 0]],
  ["one shorter than the others", [...start(3), 2, 0, 104, 105]],
  ["one that is not known", [...start(9), 1, 2]],
])("a view shows the arm that it has: %s", async (_, bytes) => {
  const { codec } = await load(headerOf(header), { all: true });
  const sample = Uint8Array.from(bytes);
  for (const name of ["flat", "held"]) {
    const { decode, toJSON, createView } = codec(name);
    const view = createView() as Leased;
    const lease = new Lease(new DataView(sample.buffer), 0, sample.length);
    view[takeLease](lease);
    expect(JSON.parse(JSON.stringify(view))).toEqual(JSON.parse(JSON.stringify(toJSON(decode(sample)))));
    const shown = inspect(view, { depth: 9 });
    expect(shown).not.toContain("needs");
    expect(/\buid:|\bname:/.test(shown)).toBe(bytes[4] === 1);
    lease.view = null;
    expect(inspect(view)).toMatch(/<its record is gone>/);
    expect(() => JSON.stringify(view)).toThrow(expect.objectContaining({ code: "ERR_RINGBUF_CLOSED" }));
  }
});
