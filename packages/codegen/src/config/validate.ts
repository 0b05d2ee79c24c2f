import { isAbsolute, join, relative } from "node:path";
import { didYouMean, suggest } from "@rbgen/btf";
import { type FrontEndLimits, faultOfLimit, limitNames } from "../c/text/limits.ts";
import { partsProblem, type RecordPart, recordParts } from "../emit/record-part.ts";
import { type Complain, checkObject, checkText, kindOf, Properties } from "./checker.ts";
import type { Configuration, ConfiguredMap, ConfiguredOutput, MacroOption } from "./model.ts";

/** Properties that are there: `exactOptionalPropertyTypes` tells absent from undefined. */
type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** Records of a map: their names, or the tag and its values in each. */
function mapOf(value: unknown, complain: (message: string) => void): ConfiguredMap | undefined {
  if (typeof value === "string") return { records: value };
  const object = checkObject(value, "", () => {});
  if (object === undefined) {
    complain(`the name of a record type is wanted, or { tag, records }, not ${kindOf(value)}`);
    return undefined;
  }
  const properties = new Properties(object, "", (path, message) => complain(`${path}: ${message}`));
  const told = properties.value("tag");
  const several = typeof told === "object" && told !== null;
  const paths = several ? properties.record("tag", tagPath) : undefined;
  const path = several ? Object.values(paths ?? {})[0] : properties.string("tag");
  const records = properties.record("records", tagValues);
  properties.end(didYouMean);
  if (path === undefined || records === undefined || Object.keys(records).length === 0) {
    complain("it needs the tag, a member's path, and the records with its value in each");
    return undefined;
  }
  const names = Object.keys(records);
  const values = new Map(Object.entries(records));
  if (paths === undefined) return { records: names.join(","), tag: { path, values } };
  const odd = [
    ...names.filter((name) => !Object.hasOwn(paths, name)),
    ...Object.keys(paths).filter((name) => !values.has(name)),
  ];
  if (odd.length > 0) {
    complain(`tag and records name the same records, but ${odd.join(" and ")} is in one of them alone`);
    return undefined;
  }
  return { records: names.join(","), tag: { path, values, paths: new Map(Object.entries(paths)) } };
}

function tagPath(value: unknown, complain: (message: string) => void): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  complain(value === "" ? "it is empty" : `a string is wanted, not ${kindOf(value)}`);
  return undefined;
}

function tagValues(value: unknown, complain: (message: string) => void): readonly string[] | undefined {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = all.flatMap((one) =>
    (typeof one === "string" && one !== "") || (typeof one === "number" && Number.isSafeInteger(one))
      ? [String(one)]
      : [],
  );
  if (all.length > 0 && texts.length === all.length) return texts;
  complain("an integer or the name of a constant is wanted, or a list of them");
  return undefined;
}

function partsOf(value: unknown, complain: (message: string) => void): readonly RecordPart[] | undefined {
  if (!(Array.isArray(value) && value.every((entry) => typeof entry === "string"))) {
    complain(`a list of ${recordParts.join(", ")} is wanted, not ${kindOf(value)}`);
    return undefined;
  }
  const problem = partsProblem(value);
  if (problem !== undefined) complain(problem);
  return recordParts.filter((part) => value.includes(part));
}

function outputOf(properties: Properties): ConfiguredOutput {
  return defined({
    types: properties.strings("types"),
    all: properties.boolean("all"),
    maps: properties.record("maps", mapOf),
    infer: properties.boolean("infer"),
    format: properties.choice("format", ["ts", "js"]),
    int64: properties.choice("int64", ["bigint", "number"]),
    case: properties.choice("case", ["camel", "preserve"]),
    columns: properties.boolean("columns"),
    only: properties.read("only", partsOf),
    typedArrays: properties.boolean("typedArrays"),
    annotations: properties.record("annotations", (value, complain): readonly string[] | undefined => {
      if (typeof value === "string") return [value];
      if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return [...value];
      complain(`a string or a list of strings is wanted, not ${kindOf(value)}`);
      return undefined;
    }),
  });
}

/** A macro's name, with its parameters if it has some. */
const macroName = /^[A-Za-z_$][\w$]*(?:\([\w$ ,.]*\))?$/;

function macrosOf(properties: Properties, complain: Complain): readonly MacroOption[] | undefined {
  const values = properties.record("defines", (value, complain): { readonly text: string | undefined } | undefined => {
    if (typeof value === "boolean") return { text: value ? "1" : undefined };
    if (typeof value === "string") return { text: value };
    if (typeof value === "number" && Number.isSafeInteger(value)) return { text: String(value) };
    complain(`a string, an integer or true or false is wanted, not ${kindOf(value)}`);
    return undefined;
  });
  if (values === undefined) return undefined;
  for (const name of Object.keys(values)) {
    if (!macroName.test(name)) complain(`defines[${JSON.stringify(name)}]`, "this is not the name of a macro");
  }
  return Object.entries(values).map(([name, { text }]) => ({ name, value: text }));
}

function limitsOf(properties: Properties, complain: Complain): Partial<FrontEndLimits> | undefined {
  const value = properties.value("limits");
  const object = value === undefined ? undefined : checkObject(value, "limits", complain);
  if (object === undefined) return undefined;
  const given = new Properties(object, "limits", complain);
  const limits: { -readonly [Name in keyof FrontEndLimits]?: number } = {};
  for (const name of limitNames) {
    const limit = given.value(name);
    const fault = limit === undefined ? undefined : faultOfLimit(name, limit);
    if (fault !== undefined)
      complain(`limits.${name}`, `${fault}, not ${typeof limit === "number" ? limit : kindOf(limit)}`);
    else if (limit !== undefined) limits[name] = Number(limit);
  }
  given.end(didYouMean);
  return limits;
}

/** What may have been meant beside the inputs, and stands in one of them. */
function ofOneInput(name: string): string | undefined {
  const known = ["path", "output"];
  const [meant] = known.includes(name) ? [name] : suggest(name, known, 1);
  return meant === undefined
    ? undefined
    : `${meant} is of one input: inputs: [{ path: "types.h", output: "types.ts" }]`;
}

/**
 * Checks what a configuration file exports; everything that is wrong is complained of at once, and left out.
 * Paths are turned from `folder` (the file's, absolute) to `cwd`.
 */
export function validateConfig(value: unknown, folder: string, cwd: string, complain: Complain): Configuration {
  const empty: Configuration = { inputs: [], input: {}, output: {} };
  const object = checkObject(value, "", complain);
  if (object === undefined) return empty;
  const here = relative(cwd, folder);
  const path = (text: string | undefined): string | undefined => {
    if (text === undefined || text === "-" || isAbsolute(text) || here === "") return text;
    const joined = join(here, text);
    // By itself it is standard input, and this is a file.
    return joined === "-" ? "./-" : joined;
  };
  const paths = (list: readonly string[] | undefined) => list?.map((entry) => path(entry)!);
  const properties = new Properties(object, "", complain);
  // For editors.
  properties.string("$schema");
  const inputs = (properties.list("inputs") ?? []).flatMap((entry, index): Configuration["inputs"][number][] => {
    const at = `inputs[${index}]`;
    if (typeof entry === "string") {
      const file = path(checkText(entry, at, complain));
      return file === undefined ? [] : [{ path: file }];
    }
    const own = checkObject(entry, at, complain);
    if (own === undefined) return [];
    const each = new Properties(own, at, complain);
    const file = path(each.string("path"));
    const output = path(each.string("output"));
    const result = outputOf(each);
    each.end(didYouMean);
    if (file === undefined) {
      if (own["path"] === undefined) complain(`${at}.path`, "it is missing");
      return [];
    }
    return [{ path: file, ...(output === undefined ? {} : { output }), ...result }];
  });
  const output = outputOf(properties);
  const input = defined({
    endian: properties.choice("endian", ["little", "big"]),
    base: path(properties.string("base")),
    typesFrom: path(properties.string("typesFrom")),
    quotePaths: paths(properties.strings("quotePaths")),
    includePaths: paths(properties.strings("includePaths")),
    systemPaths: paths(properties.strings("systemPaths")),
    // A forced include may be one of an include path; a path with a folder is the file's own.
    forcedIncludes: properties
      .strings("forcedIncludes")
      ?.map((entry) => (entry.startsWith(".") ? path(entry)! : entry)),
    macros: macrosOf(properties, complain),
    sysroot: path(properties.string("sysroot")),
    vmlinux: path(properties.string("vmlinux")),
    frontend: properties.choice("frontend", ["builtin", "clang"]),
    limits: limitsOf(properties, complain),
  });
  properties.end((name, known) => didYouMean(name, known) ?? ofOneInput(name));
  return { inputs, input, output };
}
