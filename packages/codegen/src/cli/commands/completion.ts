import { bashScript } from "../completion/bash.ts";
import type { CompletedCommand } from "../completion/completed.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";

const scripts: ReadonlyMap<string, (commands: readonly CompletedCommand[]) => string> = new Map([
  ["bash", bashScript],
  ["zsh", zshScript],
  ["fish", fishScript],
]);

/** Shells for which there is a script. */
export const shells: readonly string[] = [...scripts.keys()];

/** `rbgen completion <shell>`: the script by which that shell completes the words of the command. @throws UsageError */
export function completionCommand(
  shell: string,
  commands: readonly CompletedCommand[],
  { host }: Invocation,
): ExitCode {
  const script = scripts.get(shell);
  if (script === undefined)
    throw new UsageError(`there is no completion for "${shell}": it is for ${shells.join(", ")}`);
  host.stdout.write(script(commands));
  return exitCode.ok;
}
