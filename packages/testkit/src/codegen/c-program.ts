import { headerText, typeText } from "./c-text.ts";
import { type CComposite, type CMember, type CType, flatten, tailOf } from "./c-type.ts";

const support = `
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LE(bits, v) ((uint##bits##_t)(v))
#define BE(bits, v) __builtin_bswap##bits((uint##bits##_t)(v))
#define LOW 0
#else
#define BE(bits, v) ((uint##bits##_t)(v))
#define LE(bits, v) __builtin_bswap##bits((uint##bits##_t)(v))
#define LOW 1
#endif

static unsigned char *in, *out;
static size_t out_used, out_size;

static uint64_t take(void)
{
	uint64_t v = 0;
	for (int i = 7; i >= 0; i--) v = v << 8 | in[i];
	in += 8;
	return v;
}
static unsigned __int128 take_wide(void) { uint64_t low = take(); return (unsigned __int128)take() << 64 | low; }
static float take_float(void) { uint32_t b = take(); float f; memcpy(&f, &b, 4); return f; }
static double take_double(void) { uint64_t b = take(); double d; memcpy(&d, &b, 8); return d; }
static void *take_pointer(void) { return (void *)(uintptr_t)take(); }

static void put_byte(unsigned char b)
{
	if (out_used == out_size) out = realloc(out, out_size = out_size * 2 + 65536);
	out[out_used++] = b;
}
static void put(uint64_t v) { for (int i = 0; i < 8; i++) put_byte(v >> 8 * i); }
static void put_wide(unsigned __int128 v) { put(v); put(v >> 64); }
static void put_float(float f) { uint32_t b; memcpy(&b, &f, 4); put(b); }
static void put_double(double d) { uint64_t b; memcpy(&b, &d, 8); put(b); }
static void put_bool(const volatile void *p) { put(*(const volatile unsigned char *)p != 0); }

struct record { size_t size, tail, stride; void (*fill)(void *, size_t), (*count)(void *, size_t), (*read)(const void *, size_t); };
`;

const main = `
int main(void)
{
	size_t size = 0, room = 1 << 20;
	unsigned char *input = malloc(room);
	for (size_t n; (n = fread(input + size, 1, room - size, stdin)) > 0;)
		if ((size += n) == room) input = realloc(input, room *= 2);
	in = input;
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		put(records[i].size);
		put(records[i].tail);
		put(records[i].stride);
	}
	while (in < input + size) {
		const struct record *r = &records[take()];
		size_t raw = take(), count = take();
		size_t length = r->stride ? r->tail + count * r->stride : r->size;
		size_t whole = length < r->size ? r->size : length;
		unsigned char *bytes = aligned_alloc(64, (whole / 64 + 2) * 64);
		memset(bytes, 0, whole);
		if (raw) memcpy(bytes, in, length), in += length;
		else r->fill(bytes, count);
		r->count(bytes, count);
		put(length);
		for (size_t i = 0; i < length; i++) put_byte(bytes[i]);
		r->read(bytes, count);
		free(bytes);
	}
	return fwrite(out, 1, out_used, stdout) == out_used ? 0 : 1;
}
`;

/** Text of loops over all elements of `type`, with `statement` for the innermost one. */
function overElements(type: CType, place: string, statement: (element: CType, place: string) => string): string {
  const { element, dimensions } = flatten(type);
  let at = place;
  let loops = "";
  for (const array of dimensions) {
    // Every loop has a block of its own, so nested ones may share a name only if they are told apart by depth.
    const index = `i${(place.match(/\[/g) ?? []).length + (loops.match(/for/g) ?? []).length}`;
    loops += `for (size_t ${index} = 0; ${index} < ${array.flexible !== undefined ? "n" : array.count}; ${index}++) `;
    at += `[${index}]`;
  }
  return `${loops}{ ${statement(element, at)} }\n`;
}

function fillText(type: CType, place: string): string {
  return overElements(type, place, (element, at) => {
    switch (element.kind) {
      case "int":
        if (element.size === 16) return `${at} = take_wide();`;
        if (element.order !== undefined) {
          return `${at} = ${element.order === "big" ? "BE" : "LE"}(${element.size * 8}, take());`;
        }
        return `${at} = take();`;
      case "bool":
      case "enum":
        return `${at} = take();`;
      case "float":
        return `${at} = take_${element.size === 4 ? "float" : "double"}();`;
      case "pointer":
        return `${at} = take_pointer();`;
      case "struct":
        return element.members.map((member) => fillMember(member, at)).join("");
      case "union": {
        const arms = element.members.map((member, index) => `case ${index}: ${fillMember(member, at)} break;`);
        return `switch (take()) { ${arms.join("\n")} }`;
      }
      case "array":
        throw new Error("an array's innermost element is no array");
    }
  });
}

function fillMember(member: CMember, place: string): string {
  if (member.width !== undefined && member.name === "") return "";
  return fillText(member.type, member.name === "" ? place : `${place}.${member.name}`);
}

function readText(type: CType, place: string, width?: number): string {
  return overElements(type, place, (element, at) => {
    switch (element.kind) {
      case "int":
        if (element.size === 16) return `put_wide(${at});`;
        if (element.order !== undefined) {
          return `put(${element.order === "big" ? "BE" : "LE"}(${element.size * 8}, ${at}));`;
        }
        return `put(${at});`;
      case "bool":
        // Random bytes may hold 2, which the compiler may take for granted never to be there.
        return width === undefined ? `put_bool(&${at});` : `put(${at});`;
      case "enum":
        return `put(${at});`;
      case "float":
        return `put_${element.size === 4 ? "float" : "double"}(${at});`;
      case "pointer":
        return `put((uintptr_t)${at});`;
      case "struct":
      case "union":
        return element.members.map((member) => readMember(member, at)).join("");
      case "array":
        throw new Error("an array's innermost element is no array");
    }
  });
}

function readMember(member: CMember, place: string): string {
  if (member.width !== undefined && member.name === "") return "";
  return readText(member.type, member.name === "" ? place : `${place}.${member.name}`, member.width);
}

/** Sets the member that holds the length of the flexible array. */
function countText(record: CComposite): string {
  const { length } = record;
  const member = record.members.find((candidate) => candidate.name === length?.member);
  const tail = record.members.at(-1);
  if (length === undefined || member?.type.kind !== "int" || tail === undefined) return "";
  const bytes = `n * sizeof((*r).${tail.name}[0])`;
  const start = `offsetof(${typeText(record)}, ${tail.name})`;
  const value = length.unit === "elements" ? "n" : length.unit === "bytes" ? bytes : `${start} + ${bytes}`;
  const { order, size } = member.type;
  const stored = order === undefined ? value : `${order === "big" ? "BE" : "LE"}(${size * 8}, ${value})`;
  return `(*r).${length.member} = ${stored};\n`;
}

/** The path from a record to its flexible array. */
function tailPath(record: CComposite): string {
  const last = record.members.at(-1)!;
  if (last.type.kind !== "struct") return last.name;
  return last.name === "" ? tailPath(last.type) : `${last.name}.${tailPath(last.type)}`;
}

function rowText(record: CComposite, index: number): string {
  const name = typeText(record);
  const path = tailOf(record) === undefined ? undefined : tailPath(record);
  const tail = path === undefined ? "0, 0" : `offsetof(${name}, ${path}), sizeof(((${name} *)0)->${path}[0])`;
  return `\t{ sizeof(${name}), ${tail}, fill_${index}, count_${index}, read_${index} },\n`;
}

/**
 * A program that fills `records` and reads them back through C's own member access.
 *
 * Its input is a list of cases, each of 64-bit little-endian words: record, raw (0 or 1), elements of the tail; then
 * the values of all members in order (of a union: the arm's number and its value), or the raw bytes.
 * Its output starts with size, tail offset and tail stride of each record; then, for each case, the length of the
 * sample, its bytes and the values of all members, of every arm of a union.
 */
export function programText(records: readonly CComposite[]): string {
  const functions = records.map((record, index) => {
    const name = typeText(record);
    return (
      `static void fill_${index}(void *p, size_t n)\n{\n(void)n; ${name} *r = p;\n${fillText(record, "(*r)")}}\n` +
      `static void count_${index}(void *p, size_t n)\n{\n(void)n; ${name} *r = p; (void)r;\n${countText(record)}}\n` +
      `static void read_${index}(const void *p, size_t n)\n{\n(void)n; const ${name} *r = p; (void)r;\n${readText(record, "(*r)")}}\n`
    );
  });
  const table = `static const struct record records[] = {\n${records.map(rowText).join("")}};\n`;
  return headerText(records) + support + functions.join("\n") + table + main;
}
