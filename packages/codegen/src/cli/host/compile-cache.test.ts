import { expect, test } from "vitest";
import { cacheFolder } from "./compile-cache.ts";

test.each([
  [{ HOME: "/home/a" }, "linux", "/home/a/.cache/rbgen"],
  [{ HOME: "/home/a", XDG_CACHE_HOME: "/c" }, "linux", "/c/rbgen"],
  [{ HOME: "/home/a", XDG_CACHE_HOME: "c" }, "darwin", "/home/a/.cache/rbgen"],
  [{ HOME: "/home/a", XDG_CACHE_HOME: "" }, "linux", "/home/a/.cache/rbgen"],
  [{}, "linux", undefined],
  [{ HOME: "." }, "linux", undefined],
  [{ HOME: "/home/a", LOCALAPPDATA: "/local" }, "win32", "/local/rbgen/cache"],
  [{ HOME: "/home/a" }, "win32", undefined],
])("with %o on %s, compiled code is kept in %s", (env, platform, folder) => {
  expect(cacheFolder(env, platform)).toBe(folder);
});
