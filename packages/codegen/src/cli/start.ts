import { keepCompiled } from "./compile-cache.ts";

// Before all else: what is loaded from here on is kept.
keepCompiled(process.env, process.platform);
void import("./main.ts").then(({ main }) => main());
