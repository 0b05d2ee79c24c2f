// What is changed, and the tests that have to notice: by room.
const rooms = {
  ring: { sources: "packages/runtime/src/ring", tests: "packages/runtime/src" },
  plan: { sources: "packages/codegen/src/plan", tests: "packages/codegen/src" },
  btf: { sources: "packages/btf/src", tests: "packages/btf/src" },
};

export const roomNames = Object.keys(rooms);

/** The room that RBGEN_ROOM names. */
export const room = rooms[process.env["RBGEN_ROOM"] ?? "ring"];
