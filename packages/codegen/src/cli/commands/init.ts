import { join, relative, resolve } from "node:path";
import { printable, printableJson } from "../../diagnostics/display-text.ts";
import { type ExitCode, UsageError } from "../exit-code.ts";
import { errorCode, errorMessage, type Host } from "../host/host.ts";
import type { FileChange } from "../init/change.ts";
import { gitAttributes } from "../init/git-attributes.ts";
import { packageScripts } from "../init/package-scripts.ts";
import { checkStep, workflowPath, workflowText } from "../init/workflow.ts";
import { configurationFile, configurationFiles, loadConfiguration } from "../input/configuration.ts";
import { neighbour, reasonOf } from "../input/input-bytes.ts";
import { expandInputs, expandPaths } from "../input/input-globs.ts";
import { projectFolders } from "../input/project-folders.ts";
import type { Invocation } from "../invocation.ts";

/** What `rbgen init` takes. */
export interface InitOptions {
  /** The file of the configuration; its name says its form. */
  readonly config?: string;
  /** Write a workflow, in place of printing its step. */
  readonly workflow: boolean;
  /** Replace what is there, unasked. */
  readonly force: boolean;
}

/** `rbgen init`: what a project needs that generates with every change. Run again, it changes nothing. */
export async function initCommand(
  inputs: readonly string[],
  options: InitOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  const { host, tell } = invocation;
  const root = repositoryOf(invocation);
  const changes: (FileChange | undefined)[] = [
    await configuration(inputs, options, invocation),
    scripts(invocation),
    root === undefined ? undefined : gitAttributes(".gitattributes", present(".gitattributes", invocation) ?? ""),
    options.workflow ? workflow(root, invocation) : undefined,
  ];
  if (invocation.errors > 0) return invocation.printDiagnostics();
  let kept = false;
  for (const change of changes) {
    if (change === undefined) continue;
    if (change.loses !== undefined && !options.force && !(await mayReplace(change, invocation))) {
      tell(`${printable(change.path)} is left as it is: ${change.loses} would be lost\n`);
      kept = true;
      continue;
    }
    write(change, invocation);
  }
  if (invocation.errors > 0) return invocation.printDiagnostics();
  if (kept) tell("--force replaces what is there\n");
  if (changes.every((change) => change === undefined)) {
    tell(`${invocation.warnings > 0 ? "nothing else is to be set up" : "everything is there already"}\n`);
  }
  if (!options.workflow) {
    tell("a step for CI, where stale files fail:\n");
    host.stdout.write(checkStep);
  }
  return invocation.printDiagnostics();
}

/** The text of a file that is there. */
function present(path: string, { host }: Invocation): string | undefined {
  const bytes = host.files.readRegular(resolve(host.cwd, path));
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** The repository's root; undefined where there is none. */
function repositoryOf({ host }: Invocation): string | undefined {
  const root = projectFolders(host.cwd, host.files).at(-1);
  return root !== undefined && host.files.exists(join(root, ".git")) ? root : undefined;
}

async function configuration(
  given: readonly string[],
  options: InitOptions,
  invocation: Invocation,
): Promise<FileChange | undefined> {
  const { host } = invocation;
  const there = configurationFiles.find((name) => host.files.exists(resolve(host.cwd, name)));
  const above = there === undefined && options.config === undefined ? configurationAbove(host) : undefined;
  if (above !== undefined && !options.force) {
    throw new UsageError(
      `${above} is the configuration here, and another one would go before it: run it there, or with --force`,
    );
  }
  // Without inputs, what is there says them.
  if (there !== undefined && given.length === 0 && options.config === undefined) {
    await checkConfigured(there, invocation);
    return undefined;
  }
  const path = options.config ?? there ?? configurationFile;
  const isJson = path.endsWith(".json");
  if (!isJson && !/\.m?[jt]s$/.test(path))
    throw new UsageError(`${path} is no name of a configuration: .ts, .js, .json`);
  const inputs = given.length > 0 ? given : foundInputs(invocation);
  warnOfMissing(expandPaths(given, invocation), path, invocation);
  const text = isJson ? jsonConfiguration(inputs) : moduleConfiguration(inputs);
  const before = present(path, invocation);
  if (before === text) return undefined;
  return { path, text, ...(before !== undefined && before !== "" && { loses: "what it holds" }) };
}

/** What a configuration names is looked at again with each `init`: it may have been written before its inputs were. */
async function checkConfigured(path: string, invocation: Invocation): Promise<void> {
  const { host, report } = invocation;
  const configured = await loadConfiguration(path, host, report);
  if (configured === undefined) return;
  warnOfMissing(
    expandInputs(configured.inputs, host, (diagnostic) => report({ ...diagnostic, severity: "warning" })).map(
      (input) => input.path,
    ),
    path,
    invocation,
  );
}

function warnOfMissing(inputs: readonly string[], configuration: string, { host, report }: Invocation): void {
  for (const input of inputs) {
    if (input === "-" || host.files.exists(resolve(host.cwd, input))) continue;
    const meant = neighbour(input, host);
    report({
      code: "RB5001",
      severity: "warning",
      at: input,
      message: `there is no ${input} yet`,
      notes: [`it is looked for in ${host.cwd}`],
      hint: `${meant === undefined ? "" : `${meant}\n`}make it, then run rbgen; or name what is there in ${configuration}: rbgen init --force INPUT writes that anew`,
    });
  }
}

/** The configuration of a folder above, which holds for this one, too. */
function configurationAbove({ cwd, files }: Host): string | undefined {
  const [, ...folders] = projectFolders(cwd, files);
  const paths = folders.flatMap((folder) => configurationFiles.map((name) => join(folder, name)));
  const path = paths.find((each) => files.exists(each));
  return path === undefined ? undefined : relative(cwd, path);
}

/** The programs of the project, else its objects. @throws UsageError where it has neither */
function foundInputs({ host }: Invocation): readonly string[] {
  for (const pattern of ["**/*.bpf.c", "**/*.bpf.o"]) {
    const found = host.files.glob(pattern, host.cwd);
    if (found.length > 0) return [...found].sort();
  }
  throw new UsageError("there is no .bpf.c and no .bpf.o here: name the inputs, as in rbgen init types.h");
}

function moduleConfiguration(inputs: readonly string[]): string {
  const list = inputs.map((input) => `    ${printableJson(input)},\n`).join("");
  return `import { defineConfig } from "rbgen";\n\nexport default defineConfig({\n  inputs: [\n${list}  ],\n});\n`;
}

function jsonConfiguration(inputs: readonly string[]): string {
  const $schema = "./node_modules/rbgen/schema/rbgen.config.schema.json";
  return `${printableJson({ $schema, inputs }, 2)}\n`;
}

function scripts(invocation: Invocation): FileChange | undefined {
  const path = "package.json";
  const text = present(path, invocation);
  if (text === undefined) {
    invocation.tell("there is no package.json here, so no script is written: npm init -y makes one\n");
    return undefined;
  }
  try {
    return packageScripts(path, text);
  } catch (error) {
    invocation.report({
      code: "RB5007",
      severity: "error",
      at: path,
      message: `its scripts cannot be read: ${errorMessage(error)}`,
    });
    return undefined;
  }
}

function workflow(root: string | undefined, invocation: Invocation): FileChange | undefined {
  const { cwd } = invocation.host;
  const path = join(relative(cwd, root ?? cwd), workflowPath);
  const text = workflowText(relative(root ?? cwd, cwd).replaceAll("\\", "/"));
  const before = present(path, invocation);
  if (before === text) return undefined;
  return { path, text, ...(before !== undefined && before !== "" && { loses: "what it holds" }) };
}

async function mayReplace({ path, loses }: FileChange, { host, progress }: Invocation): Promise<boolean> {
  progress.clear();
  return (await host.confirm(`${printable(path)}: ${printable(loses ?? "")} would be lost. Replace it?`)) === true;
}

function write({ path, text }: FileChange, { host, report, tell }: Invocation): void {
  const file = resolve(host.cwd, path);
  try {
    const isThere = host.files.exists(file);
    host.files.makeFolder(resolve(file, ".."));
    host.files.write(file, text);
    tell(`${printable(path)} is ${isThere ? "changed" : "written"}\n`);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    report({ code: "RB5005", severity: "error", at: path, message: `cannot write ${path}: ${reasonOf(error)}` });
  }
}
