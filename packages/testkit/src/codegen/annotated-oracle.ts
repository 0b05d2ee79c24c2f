import { type Machine, withProgram } from "../compile.ts";
import { Probe } from "./annotated-part.ts";
import type { AnnotatedRecord, AnnotatedSample } from "./annotated-record.ts";
import { withAnnotations } from "./annotated-text.ts";
import { LeafReader } from "./leaf-stream.ts";

/** A sample as C made it. */
export interface AnsweredSample {
  readonly bytes: Uint8Array;
  readonly input: unknown;
  readonly value: Readonly<Record<string, unknown>>;
  readonly told: Readonly<Record<string, unknown>>;
}

const support = `
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LE(bits, v) ((uint##bits##_t)(v))
#define BE(bits, v) __builtin_bswap##bits((uint##bits##_t)(v))
#else
#define BE(bits, v) ((uint##bits##_t)(v))
#define LE(bits, v) __builtin_bswap##bits((uint##bits##_t)(v))
#endif
/* gcc lays bit-fields out as a build of that order does. */
#define WIRE(order) __attribute__((scalar_storage_order(order)))
#define LONGER(a, b) ((size_t)(a) > (size_t)(b) ? (size_t)(a) : (size_t)(b))

static unsigned char buffer[1 << 16] __attribute__((aligned(64)));
static void put(uint64_t v) { for (int i = 0; i < 8; i++) putchar(v >> 8 * i & 0xff); }
static void put_bytes(size_t length) { put(length); fwrite(buffer, 1, length, stdout); }
`;

/** Every probe of a value, in order. */
function probesOf(value: unknown): Probe[] {
  if (value instanceof Probe) return [value];
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  return Object.values(value).flatMap(probesOf);
}

/** `value` with what C said in place of its probes, taken in order. */
function answered(value: unknown, answers: Iterator<bigint>): unknown {
  if (value instanceof Probe) {
    const answer = BigInt.asIntN(64, answers.next().value ?? 0n);
    return value.big ? answer : Number(answer);
  }
  if (Array.isArray(value)) return value.map((entry) => answered(entry, answers));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, answered(entry, answers)]));
}

function caseText(
  record: AnnotatedRecord,
  { fill, length, value, told, input }: AnnotatedSample,
  index: number,
): string {
  const probes = probesOf([input, value, told]).map((probe) => `put(${probe.expression});`);
  return [
    `static void case_${index}(void)\n{`,
    `memset(buffer, 0, sizeof(buffer)); struct ${record.tag} *r = (void *)buffer; char *p = (char *)r; (void)p;`,
    ...fill,
    `put_bytes(${length});`,
    ...probes,
    "}\n",
  ].join("\n");
}

/** What C makes of each sample, in order of the records. */
export function askAnnotated(records: readonly AnnotatedRecord[], machine: Machine): AnsweredSample[][] {
  const all = records.flatMap((record) => record.samples.map((sample) => ({ record, sample })));
  const source = [
    "#include <linux/types.h>",
    support,
    ...records.map(({ definitions }) => withAnnotations(definitions, "config").text),
    ...all.map(({ record, sample }, index) => caseText(record, sample, index)),
    `int main(void)\n{\n${all.map((_, index) => `case_${index}();`).join("\n")}\nreturn 0;\n}`,
  ].join("\n");
  const output = withProgram(source, machine, (run) => new LeafReader(run(new Uint8Array(0))));
  const read = records.map(({ samples }) =>
    samples.map((sample): AnsweredSample => {
      const bytes = Uint8Array.from(output.take(Number(output.word())));
      const parts = [sample.input, sample.value, sample.told];
      const answers = probesOf(parts).map(() => output.word());
      const [input, value, told] = answered(parts, answers.values()) as [unknown, AnsweredSample["value"], never];
      return { bytes, input, value, told };
    }),
  );
  if (!output.done) throw new Error("the C program wrote more than was expected");
  return read;
}
