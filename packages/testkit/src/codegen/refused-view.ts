import { DecodeError } from "@rbgen/runtime";
import { Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import type { GuardedBytes } from "./canary.ts";
import { fail, isGroup, properties } from "./fault.ts";
import type { AnyCodec } from "./load-generated.ts";

/** Members of a view and of those it leads to: what they give of a sample that does not decode. */
function* membersOf(view: object, depth = 0): Generator<unknown> {
  for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(view)))) {
    if (get === undefined) continue;
    let value: unknown;
    try {
      value = properties(view)[name];
    } catch (error) {
      if (!(error instanceof DecodeError)) fail(`view: ${name} of a sample that is refused throws ${String(error)}`);
      continue;
    }
    yield value;
    if (!isGroup(value) || Object.getPrototypeOf(value) === Object.prototype) continue;
    if (depth < 20) yield* membersOf(value, depth + 1);
  }
}

/**
 * A sample that `decode` refuses: each member of its view is a value or a DecodeError, and none of them is made of what lies
 * behind the sample.
 */
export function checkRefusedView(codec: AnyCodec, sample: GuardedBytes): void {
  if (sample.length < codec.minByteLength) return;
  const shown = [0, 1].map((ground) => {
    const bytes = new Uint8Array(sample.length + 64).fill(ground === 0 ? 0x11 : 0xee);
    bytes.set(sample.bytes());
    const view = codec.createView();
    (view as Leased)[takeLease](new Lease(new DataView(bytes.buffer), 0, sample.length));
    return [...membersOf(view)].map((value) => (isGroup(value) ? "" : JSON.stringify(codec.toJSON(value ?? null))));
  });
  if (JSON.stringify(shown[0]) !== JSON.stringify(shown[1])) fail("view: a member shows what lies behind the sample");
}
