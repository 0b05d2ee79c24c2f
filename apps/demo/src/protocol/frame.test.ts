import fc from "fast-check";
import { expect, test } from "vitest";
import { FRAME_VERSION } from "../frames.gen.ts";
import { CommandKind } from "../types.gen.ts";
import { decodeFrame, encodeFrame, type FrameInput, largestFromPage } from "./frame.ts";

const command: FrameInput = {
  kind: "command_frame",
  id: 7,
  command: { kind: CommandKind.COMMAND_SET_NAME, name: "node" },
};

test("samples of any lengths come out as they went in, in their order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }),
      fc.bigInt(0n, 2n ** 60n),
      (all, first) => {
        const samples = all.map((bytes) => ({ bytes }));
        const frame = decodeFrame(
          encodeFrame({ kind: "samples_frame", first, host: 3, count: samples.length, samples }),
        );
        expect(frame).toMatchObject({ kind: "samples_frame", first, host: 3, count: samples.length });
        if (typeof frame === "string" || frame.kind !== "samples_frame") return;
        expect(frame.samples.map(({ bytes }) => [...bytes])).toEqual(all.map((bytes) => [...bytes]));
      },
    ),
  );
});

test("a page's command is smaller than what a page may send", () => {
  expect(encodeFrame(command).byteLength).toBeLessThan(largestFromPage / 4);
  expect(decodeFrame(encodeFrame(command))).toMatchObject({ id: 7, command: { name: "node" } });
});

test("a frame of another version is told from one that is broken", () => {
  const bytes = encodeFrame(command);
  bytes[0] = FRAME_VERSION + 1;
  expect(decodeFrame(bytes)).toBe("wrong version");
  expect(decodeFrame(encodeFrame(command).subarray(0, 20))).toBe("malformed");
  expect(decodeFrame(Uint8Array.of(...encodeFrame(command), 0))).toBe("malformed");
  expect(decodeFrame(new Uint8Array(0))).toBe("malformed");
});

test("no bytes make the decoder throw", () => {
  const frame = encodeFrame({
    kind: "samples_frame",
    first: 1n,
    host: 0,
    count: 1,
    samples: [{ bytes: Uint8Array.of(1, 2) }],
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(frame.length - 1), fc.nat(255), (noise, at, value) => {
      decodeFrame(noise);
      const changed = frame.slice();
      changed[at] = value;
      decodeFrame(changed);
    }),
  );
});
