import type { CompletedCommand, CompletedOption } from "./completed.ts";

/** Text in single quotes, in which fish knows two escapes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** What stands behind an option. */
function whatFollows({ value, list }: CompletedOption): string {
  if (value === undefined) return "";
  if (value.length === 0) return " -r";
  const words = value.join(" ");
  return ` -x -a ${quoted(list ? `(__rbgen_list ${words})` : words)}`;
}

function optionFlags(option: CompletedOption): string {
  const { names, description } = option;
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return `${flags.join(" ")}${whatFollows(option)} -d ${quoted(description)}`;
}

/** A script for fish: `rbgen completion fish > ~/.config/fish/completions/rbgen.fish`. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const names = commands.flatMap(({ name }) => (name === "" ? [] : [name]));
  const lines = commands.flatMap(({ name, description, options, words }) => {
    // The first word is the command, or none is.
    const when = name === "" ? "not __rbgen_command" : `__rbgen_command ${name}`;
    return [
      ...(name === "" ? [] : [`complete -c rbgen -n __fish_is_first_arg -a ${name} -d ${quoted(description)}`]),
      ...(words === undefined ? [] : [`complete -c rbgen -n ${quoted(when)} -f -a ${quoted(words.join(" "))}`]),
      ...options.map((option) => `complete -c rbgen -n ${quoted(when)} ${optionFlags(option)}`),
    ];
  });
  return `# fish completion of rbgen: rbgen completion fish > ~/.config/fish/completions/rbgen.fish
function __rbgen_command
    set -l words (commandline -opc)
    set -l known $argv
    test (count $known) -eq 0; and set known ${names.join(" ")}
    contains -- "$words[2]" $known
end
function __rbgen_list
    # What stands before the word that is being written: of --only=decode,vi that is decode,
    set -l before (commandline -ct | string replace -r '^--[^=]*=' '' | string replace -r '[^,]*$' '')
    for word in $argv
        echo $before$word
    end
end
${lines.join("\n")}
`;
}
