import type { ExitCode } from "../exit-code.ts";
import { Generation } from "../generation.ts";
import type { GenerateOptions } from "../input/options.ts";
import type { Invocation } from "../invocation.ts";

/** `rbgen <input…>`. */
export async function generateCommand(
  inputs: readonly string[],
  options: GenerateOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  if (options.watch) {
    const { watch } = await import("../watch/watch.ts");
    return await watch(inputs, options, invocation);
  }
  return await new Generation(inputs, options, invocation).run();
}
