import { keepCompiled } from "./host/compile-cache.ts";

// Before all else: what is loaded from here on is kept. Not this file, so that import() works here.
keepCompiled(process.env, process.platform);
void import("./main.ts").then(({ main }) => main((specifier) => import(specifier)));
