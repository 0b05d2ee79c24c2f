// The import rules of ARCHITECTURE.md: data flows one way, and each package keeps to its room.
const code = "\\.(test|test-d)\\.ts$|/testing/";
const btfRoom = (name, takes) => ({
  name: `btf-${name}`,
  severity: "error",
  from: { path: `^packages/btf/src/${name}/`, pathNot: code },
  to: {
    path: "^packages/btf/src/",
    pathNot: `^packages/btf/src/(${[name, ...takes].join("|")})/|^packages/btf/src/[a-z-]+\\.ts$`,
  },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "\\.gen(\\.ts)?$|^\\./dist/" },
    },
    {
      name: "btf-imports-nothing",
      severity: "error",
      from: { path: "^packages/btf/src", pathNot: code },
      to: { pathNot: "^packages/btf/src" },
    },
    btfRoom("elf", []),
    btfRoom("layout", []),
    btfRoom("text", ["layout"]),
    btfRoom("format", ["elf", "layout"]),
    btfRoom("kernel", ["elf", "format", "layout"]),
    {
      name: "btf-root-imports-no-room",
      comment: "types, units, errors, strings and map types are what the rooms stand on",
      severity: "error",
      from: { path: "^packages/btf/src/[a-z-]+\\.ts$", pathNot: [code, "/index\\.ts$"] },
      to: { path: "^packages/btf/src/[a-z-]+/" },
    },
    {
      name: "runtime-imports-nothing",
      severity: "error",
      from: { path: "^packages/runtime/src", pathNot: code },
      to: { pathNot: "^packages/runtime/src" },
    },
    {
      name: "runtime-core-imports-no-backend",
      severity: "error",
      from: { path: "^packages/runtime/src", pathNot: ["^packages/runtime/src/emulated", code] },
      to: { path: "^packages/runtime/src/emulated" },
    },
    {
      name: "ring-protocol-is-pure",
      comment: "ring/ is the protocol: synchronous, no backend, no reader",
      severity: "error",
      from: { path: "^packages/runtime/src/ring", pathNot: code },
      to: { pathNot: "^packages/runtime/src/(ring/|errors\\.ts)" },
    },
    {
      name: "codegen-imports-btf-only",
      severity: "error",
      from: { path: "^packages/codegen/src", pathNot: code },
      to: { path: "^(packages|apps|bench)/", pathNot: "^packages/(codegen|btf)/" },
    },
    {
      name: "emit-imports-no-front-end",
      severity: "error",
      from: { path: "^packages/codegen/src/(emit|plan)/", pathNot: code },
      to: { path: "^packages/codegen/src/(c|clang|cli|config)/" },
    },
    {
      name: "front-end-imports-no-emitter",
      severity: "error",
      from: { path: "^packages/codegen/src/(c|clang)/", pathNot: code },
      to: { path: "^packages/codegen/src/(emit|plan|cli|config)/" },
    },
    {
      name: "only-cli-touches-the-machine",
      comment: "everything but the command runs in a browser",
      severity: "error",
      from: { path: "^packages/codegen/src", pathNot: ["^packages/codegen/src/(cli|config)/", code] },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "only-cli-prints-colour",
      severity: "error",
      from: { path: "^packages/codegen/src", pathNot: ["^packages/codegen/src/cli/", code] },
      to: { path: "picocolors|commander" },
    },
    {
      name: "native-imports-runtime-and-btf",
      severity: "error",
      from: { path: "^packages/native/src", pathNot: code },
      to: { path: "^(packages|apps|bench)/", pathNot: "^packages/(native|runtime|btf)/" },
    },
    {
      name: "native-addon-is-the-ground",
      comment: "object → ring → kernel → addon, types included",
      severity: "error",
      from: { path: "^packages/native/src/addon/", pathNot: code },
      to: { path: "^packages/native/src/", pathNot: "^packages/native/src/(addon/|package-root\\.ts)" },
    },
    {
      name: "native-kernel-looks-down",
      severity: "error",
      from: { path: "^packages/native/src/kernel/", pathNot: code },
      to: { path: "^packages/native/src/", pathNot: "^packages/native/src/(kernel|addon)/" },
    },
    {
      name: "native-ring-looks-down",
      severity: "error",
      from: { path: "^packages/native/src/ring/", pathNot: code },
      to: { path: "^packages/native/src/", pathNot: "^packages/native/src/(ring|kernel|addon)/" },
    },
    {
      name: "native-object-looks-down",
      severity: "error",
      from: { path: "^packages/native/src/object/", pathNot: code },
      to: { path: "^packages/native/src/", pathNot: "^packages/native/src/(object|ring|kernel|addon)/" },
    },
    {
      name: "testkit-stays-in-tests",
      severity: "error",
      from: { pathNot: [code, "^packages/testkit/", "^bench/", "\\.(oracle|kernel|browser)\\.test\\.ts$"] },
      to: { path: "^packages/testkit/" },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules|dist" },
    exclude: { path: "node_modules|/dist/|/fixtures/|/golden/|\\.config\\.ts$" },
    enhancedResolveOptions: {
      conditionNames: ["@rbgen/source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs"],
      exportsFields: ["exports"],
    },
  },
};
