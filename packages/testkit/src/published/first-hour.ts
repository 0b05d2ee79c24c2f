import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { compileBpf } from "../compile.ts";
import { blocksOf, pathsOf } from "./documents.ts";
import { manifestOf, type PublishedPackages, publishedFolders, root, type UserFolder } from "./packages.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
/** What comes before the part that is for a clone of the repository. */
const [forUsers = ""] = readme.split("\n## Try it\n");

/** What the READMEs of packages take as given: an object with a record of theirs. */
const given = `#include <linux/types.h>
struct { int (*type)[27]; int (*max_entries)[4096]; } events __attribute__((section(".maps"), used));
struct exec_event { __u64 ts_ns; __u32 pid; char comm[16]; } *unused_exec;
`;

/** An empty folder in which all that the README says was done, in the order in which it stands. */
async function follow(folder: UserFolder): Promise<UserFolder> {
  let said = "";
  for (const { language, name, text } of blocksOf(forUsers)) {
    if (name !== undefined) folder.write(name, text);
    if (language === "sh") said += (await folder.shell(text)).err;
    // What a command printed, but for the time that it took.
    if (language === "") expect(said.replace(/\d+ ms/, "")).toContain(text.replace(/\d+ ms/, ""));
  }
  return folder;
}

/** The documents, followed word by word from empty folders. */
export function testFirstHour(packages: () => PublishedPackages): void {
  let followed: Promise<UserFolder> | undefined;
  const readmeFolder = () => (followed ??= follow(packages().folder("readme")));
  const tsc = async () => join((await readmeFolder()).path, "node_modules/typescript/bin/tsc");

  test("the README's commands and samples do what they say, in the order in which they stand", async () => {
    const folder = await readmeFolder();
    expect(["probe.gen.ts", "events.gen.ts", "probe.bpf.o"].filter((name) => !folder.has(name))).toEqual([]);
    expect((await folder.try(process.execPath, await tsc(), "-p", ".", "--outDir", "out")).out).toBe("");
    expect((await folder.run("npx", "--yes", "tsx", "read.ts")).out).toBe(
      '7 1000 /etc/hosts\n{"tsNs":"0","pid":7,"uid":1000,"isRoot":0,"length":10,"path":"/etc/hosts"}\n',
    );
    expect(await folder.firstLine("npx", "--yes", "tsx", "emulated.ts")).toBe("7 sh");
    expect(await folder.firstLine(process.execPath, "out/emulated.js")).toBe("7 sh");
  });

  test.each([...publishedFolders])("so do those of the README of %s", async (name) => {
    const user = packages().folder(`readme-of-${basename(name)}`);
    const document = readFileSync(join(root, name, "README.md"), "utf8");
    const blocks = blocksOf(document);
    user.write("package.json", '{ "type": "module" }');
    user.write(
      "probe.bpf.o",
      compileBpf(name === "packages/btf" ? `${given}struct event { __u32 pid; } *event;\n` : given),
    );
    if (name === "packages/codegen") user.write("include/config.h", "");
    user.write("types.h", "struct event { unsigned int pid; char comm[16]; };\n");
    for (const { name: file, text } of blocks) if (file !== undefined) user.write(file, text);
    for (const { language, text } of blocks) if (language === "sh") await user.shell(text);
    const folder = await readmeFolder();
    if (name === "packages/native") await folder.run("npx", "rbgen", join(user.path, "types.h"));
    if (name === "packages/vm" || name === "packages/relay") {
      // Their samples are of the README's program.
      user.write("probe.bpf.o", readFileSync(join(folder.path, "probe.bpf.o")));
      for (const output of ["probe.gen.ts", "events.gen.ts"]) user.write(output, folder.read("probe.gen.ts"));
    }
    if (blocks.some(({ language }) => language === "ts")) {
      await user.run("npm", "install", "@types/node");
      const flags = ["--rewriteRelativeImportExtensions", "--types", "node"];
      // Declarations beside what is no module are found by this resolution, as its README says.
      if (name === "packages/unplugin") flags.push("--module", "esnext", "--moduleResolution", "bundler");
      await user.run(process.execPath, await tsc(), "--init", ...flags);
      const alone = blocks.filter(
        ({ language, text, name: file }) => file === undefined && /^import /m.test(text) && language === "ts",
      );
      for (const [index, { text }] of alone.entries()) user.write(`sample-${index}.ts`, text);
      expect((await user.try(process.execPath, await tsc(), "-p", ".")).out).toBe("");
    }
    const prints = sayings[name];
    if (prints !== undefined) expect(await user.firstLine(process.execPath, prints.file)).toBe(prints.line);
  });

  test("the demo runs without a clone: a compiled BPF object, its records and its commands", async () => {
    const made = packages().folder("demo");
    const { out } = await made.run("npx", "--yes", "rbgen-demo", "--headless", "--seconds", "1", "--json");
    const summary = JSON.parse(out) as { received: number; commandsSent: number; commandsApplied: number };
    expect(summary.received).toBeGreaterThan(0);
    expect(summary.commandsSent).toBeGreaterThan(0);
    expect(summary.commandsApplied).toBe(summary.commandsSent);
  });

  test.each([...publishedFolders])("links of the documents of %s lead to what is packed with them", async (name) => {
    const made = packages().folder(`links-of-${basename(name)}`);
    const spec = manifestOf(join(root, name)).name;
    await made.run("npm", "pack", "--silent", spec);
    await made.shell("tar xzf *.tgz");
    const listed = (await made.shell("tar tzf *.tgz")).out.trim().split("\n");
    const documents = listed.filter((path) => path.endsWith(".md"));
    const dead = documents.flatMap((path) =>
      pathsOf(made.read(path)).flatMap((link) =>
        listed.includes(join(dirname(path), link)) ? [] : [`${path}: ${link}`],
      ),
    );
    expect(dead).toEqual([]);
    expect(documents).toEqual(expect.arrayContaining(["package/README.md", "package/CHANGELOG.md"]));
    // Where the README of the repository leads to a document, that of the package does.
    const source = pathsOf(readFileSync(join(root, name, "README.md"), "utf8"));
    const guides = source.filter((path) => path.startsWith("../../docs/") && !path.includes("/diagnostics/"));
    expect(documents).toEqual(expect.arrayContaining(guides.map((path) => path.replace("../..", "package"))));
  });
}

/** What the first sample of a README prints. */
const sayings: Readonly<Record<string, { readonly file: string; readonly line: string }>> = {
  "packages/runtime": { file: "app.js", line: "7 sh 5n" },
};
