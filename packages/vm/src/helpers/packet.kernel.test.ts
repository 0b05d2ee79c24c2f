import { isRingBufError } from "@rbgen/runtime";
import { SeededRandom } from "@rbgen/runtime/emulated";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, describe, expect, test } from "vitest";
import { BpfObject } from "../../../native/src/index.ts";
import { VmObject } from "../object/vm-object.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
__u32 operation, offset, size, flags;
__u64 from, to;
__s64 result;
unsigned char bytes[64];

SEC("tc") int classify(struct __sk_buff *skb)
{
	__u32 length = size & 63;

	if (!length)
		length = 1;
	switch (operation) {
	case 0: result = bpf_skb_load_bytes(skb, offset, bytes, length); break;
	case 1: result = bpf_skb_store_bytes(skb, offset, bytes, length, flags); break;
	case 2: result = bpf_skb_pull_data(skb, size); break;
	case 3: result = bpf_l3_csum_replace(skb, offset, from, to, flags); break;
	case 4: result = bpf_l4_csum_replace(skb, offset, from, to, flags); break;
	case 5: result = bpf_csum_diff((void *)bytes, 8 + (size & 4), (void *)(bytes + 16), 4 + (size & 8), to); break;
	case 6: result = bpf_csum_diff(0, 0, (void *)bytes, 12, to); break;
	case 7: result = bpf_csum_diff((void *)bytes, 12, 0, 0, to); break;
	case 8: result = bpf_csum_diff((void *)bytes, 6, (void *)bytes, 4, to); break;
	case 9: return bpf_redirect(offset, flags);
	}
	return skb->len & 0xff;
}

SEC("xdp") int express(struct xdp_md *ctx)
{
	__u32 length = size & 63;
	unsigned char *data, *end;

	if (!length)
		length = 1;
	switch (operation) {
	case 0: result = bpf_xdp_load_bytes(ctx, offset, bytes, length); break;
	case 1: result = bpf_xdp_store_bytes(ctx, offset, bytes, length); break;
	case 2: result = bpf_xdp_adjust_head(ctx, (int)offset); break;
	case 3: result = bpf_xdp_adjust_tail(ctx, (int)offset); break;
	case 4: result = bpf_xdp_get_buff_len(ctx); break;
	case 5: return bpf_redirect(offset, flags);
	}
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	return data + 14 > end ? 0 : data[13] & 3;
}
`;

interface Object {
  global(name: string): { get(): unknown; set(value: never): void };
  program(name: string): { run(input: { data: Uint8Array }): { returnValue: number; data?: Uint8Array | undefined } };
}

/** What one operation on a packet leaves. */
function outcome(
  object: Object,
  program: string,
  values: Readonly<Record<string, unknown>>,
  data: Uint8Array,
): unknown {
  for (const [name, value] of Object.entries(values)) object.global(name).set(value as never);
  object.global("result").set(0n as never);
  let output: { returnValue: number; data?: Uint8Array | undefined } | undefined;
  try {
    output = object.program(program).run({ data });
  } catch (error) {
    // a packet that grew beyond the room for what a test run gives back: the program did run
    if (!isRingBufError(error, "ENOSPC")) throw error;
  }
  const grown = output === undefined || (output.data?.length ?? 0) > data.length;
  if (grown) output = undefined;
  return {
    returned: output?.returnValue,
    result: object.global("result").get(),
    bytes: Buffer.from(object.global("bytes").get() as Uint8Array).toString("hex"),
    data: Buffer.from(output?.data ?? []).toString("hex"),
  };
}

describeWith(["kernel", "clang", "libbpf"], "helpers of packets", () => {
  let compiled: Uint8Array;
  beforeAll(() => {
    compiled = compileBpf(source);
  });

  describe.each(["wasm", "interpreter"] as const)("by %s", (engine) => {
    test.each([
      ["classify", 10, [0, 1, 12, 13, 24, 40, 59, 60, 61, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff]],
      ["express", 6, [0, 1, 14, 46, 47, 60, 61, 216, -14, -46, -47, -216, -217, 3456, 3457, 3500, 0xffff, 0x10000]],
    ] as const)("%s gives what the kernel gives, for each operation and edge", async (program, operations, offsets) => {
      using kernel = await BpfObject.load(compiled);
      using vm = await VmObject.load(compiled, { engine });
      const random = new SeededRandom(Number(process.env["RBGEN_SEED"]));
      const any = (limit: number): number => Math.floor(random.next() * limit);
      const word = (): bigint => BigInt(any(2 ** 32));
      const flags = [0, 0, 1, 2, 3, 4, 0x10, 0x12, 0x14, 0x20, 0x22, 0x62, 8, 0x100];
      for (let turn = 0; turn < 1500; turn += 1) {
        const operation = turn % operations;
        const data = Uint8Array.from({ length: 60 }, () => (any(3) === 0 ? 0 : any(256)));
        const values = {
          operation,
          offset: (offsets[any(offsets.length)] as number) >>> 0,
          size: [0, 1, 4, 8, 20, 60, 61, 100][any(8)],
          // a redirection inside of a test run would be taken: only refused ones are tried
          flags: operation === operations - 1 ? 2 : flags[any(flags.length)],
          from: any(3) === 0 ? 0n : any(2) === 0 ? BigInt(any(65536)) : word(),
          to: any(2) === 0 ? BigInt(any(65536)) : word(),
          bytes: Uint8Array.from({ length: 64 }, () => (any(4) === 0 ? 0xff : any(256))),
        };
        expect(
          outcome(vm, program, values, data),
          `turn ${turn}: ${JSON.stringify(values, (_, value) => (typeof value === "bigint" ? `${value}` : value))}`,
        ).toEqual(outcome(kernel, program, values, data));
      }
    });

    test("a redirection is told by the run", async () => {
      using vm = await VmObject.load(compiled, { engine });
      const data = new Uint8Array(60);
      vm.global("offset").set(3);
      vm.global("operation").set(9);
      vm.global("flags").set(1);
      expect(vm.program("classify").run({ data })).toMatchObject({
        returnValue: 7,
        redirected: { ifindex: 3, flags: 1 },
      });
      vm.global("operation").set(5);
      expect(vm.program("express").run({ data })).toMatchObject({ returnValue: 0 });
      vm.global("flags").set(0);
      expect(vm.program("express").run({ data })).toMatchObject({
        returnValue: 4,
        redirected: { ifindex: 3, flags: 0 },
      });
    });
  });
});
