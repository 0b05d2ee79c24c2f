import fc from "fast-check";

// Every property draws from the seed of the run, which vitest.config.ts sets.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env["RBGEN_SEED"]) });
