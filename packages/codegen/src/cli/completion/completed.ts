import type { Command } from "commander";
import { ListOption } from "../input/list-option.ts";

/** One option, as a shell completes it. */
export interface CompletedOption {
  /** `-t`, `--type`: one or both. */
  readonly names: readonly string[];
  readonly description: string;
  /** It is followed by a value: one of these, where there are some, else mostly a path. */
  readonly value?: readonly string[];
  /** It takes several of these, with commas between them. */
  readonly list?: true;
}

/** One command; the one without a name is `rbgen <input…>`. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** Words that it takes where others take paths. */
  readonly words?: readonly string[];
}

/** What the parser of a command takes. */
export function completedCommand(name: string, command: Command, words?: readonly string[]): CompletedCommand {
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map((option) => {
      const { short, long, description, required, optional, argChoices } = option;
      return {
        names: [short, long].filter((each) => each !== undefined),
        description,
        ...((required || optional) && { value: argChoices ?? [] }),
        ...(option instanceof ListOption && { value: option.words, list: true as const }),
      };
    });
  const help = { names: ["-h", "--help"], description: "display help for command" };
  return {
    name,
    description: command.description(),
    options: [...options, help],
    ...(words !== undefined && { words }),
  };
}
