import { errorMessage, type Host } from "./host/host.ts";

/** The package that generated code imports. */
const runtime = "@rbgen/runtime";

/** What to do where generated code in `folder` would not find its runtime, or one of another version; else undefined. */
export function runtimeHint(folder: string, host: Host): string | undefined {
  const manifest = host.resolveFrom(`${runtime}/package.json`, folder);
  if (manifest === undefined) {
    return `the generated code imports ${runtime}, which is not installed here: npm install ${runtime}@${host.version}`;
  }
  try {
    const { version } = JSON.parse(new TextDecoder().decode(host.files.read(manifest))) as { version?: unknown };
    if (version === host.version) return undefined;
    return `${runtime} is ${String(version)} here, and rbgen is ${host.version}: npm install ${runtime}@${host.version}`;
  } catch (error) {
    return `${runtime}'s package.json cannot be read: ${errorMessage(error)}`;
  }
}
