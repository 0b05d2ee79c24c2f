// `npm run mutate -- ROOM…`: changes the sources of a room one place at a time, and sees which changes no test notices.
import { roomNames } from "../mutation/rooms.mjs";
import { prepare, run, say } from "./workspace.mjs";

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const options = process.argv.slice(2).filter((argument) => argument.startsWith("-"));
const unknown = names.filter((name) => !roomNames.includes(name));
if (unknown.length > 0) {
  say(`no room ${unknown.join(", ")}: ${roomNames.join(", ")}`);
  process.exit(2);
}

prepare();
for (const name of names.length > 0 ? names : roomNames) {
  say(`mutation testing of ${name}`);
  const code = run("stryker", ["run", "mutation/stryker.config.mjs", ...options], {
    stdout: "inherit",
    env: { RBGEN_ROOM: name },
  });
  if (code !== 0) process.exitCode = code;
}
