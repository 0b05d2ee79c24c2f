// What is changed, and the unit tests that have to notice, by room. Tests of hostile inputs are left out: they only ask
// that nothing crashes, for seconds per change.
const rooms = {
  ring: {
    sources: "packages/runtime/src/ring",
    tests: ["packages/runtime/src/*.test.ts", "packages/runtime/src/{ring,emulated}/*.test.ts"],
  },
  plan: {
    sources: "packages/codegen/src/plan",
    tests: [
      "packages/codegen/src/plan/*.test.ts",
      "packages/codegen/src/emit/{stream,contained,overlay,records}.test.ts",
    ],
  },
  btf: { sources: "packages/btf/src", tests: ["packages/btf/src/**/*.test.ts"] },
};

export const roomNames = Object.keys(rooms);

/** The room that RBGEN_ROOM names. */
export const room = rooms[process.env["RBGEN_ROOM"] ?? "ring"];
