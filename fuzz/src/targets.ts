import type { Target } from "./engine/target.ts";

/** Every target by name. They are loaded when they are wanted, and after coverage has begun. */
export const targets: ReadonlyMap<string, () => Promise<{ readonly target: Target }>> = new Map([
  ["header", () => import("./targets/header.ts")],
  ["generate", () => import("./targets/generate.ts")],
  ["btf", () => import("./targets/btf.ts")],
  ["object", () => import("./targets/object.ts")],
  ["capture", () => import("./targets/capture.ts")],
  ["chunk", () => import("./targets/chunk.ts")],
  ["program", () => import("./targets/program.ts")],
  ["ring", () => import("./targets/ring.ts")],
  ["user-ring", () => import("./targets/user-ring.ts")],
]);
