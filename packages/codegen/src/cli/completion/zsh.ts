import type { CompletedCommand, CompletedOption } from "./completed.ts";

/** Text in single quotes, in which a quote ends them and goes on. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text in which a colon, or a bracket, would end a part of what `_arguments` and `_describe` take. */
function part(text: string): string {
  return text.replace(/[\\:[\]]/g, "\\$&");
}

/** What stands behind an option. */
function whatFollows({ value, list }: CompletedOption): string {
  if (value === undefined) return "";
  if (value.length === 0) return ":value:_files";
  return list ? `:values:_values -s , value ${value.join(" ")}` : `:value:(${value.join(" ")})`;
}

function argument(option: CompletedOption): string {
  const { names, description } = option;
  const what = whatFollows(option);
  return names.map((name) => quoted(`*${name}[${part(description)}]${what}`)).join(" ");
}

/** A script for zsh: `rbgen completion zsh > "\${fpath[1]}/_rbgen"`, or `source <(rbgen completion zsh)` behind `compinit`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const described = commands.flatMap(({ name, description }) =>
    name === "" ? [] : [`    ${quoted(`${part(name)}:${part(description)}`)}`],
  );
  const cases = commands.map(({ name, options, words }) => {
    const rest = words === undefined ? "*:file:_files" : `*:word:(${words.join(" ")})`;
    const lines = [...options.map(argument), quoted(rest)].map((line) => `      ${line}`);
    return `  ${name === "" ? "*" : name})\n    _arguments \\\n${lines.join(" \\\n")}\n    ;;`;
  });
  // The command without a name is what matches nothing else.
  const ordered = [
    ...cases.filter((text) => !text.startsWith("  *")),
    ...cases.filter((text) => text.startsWith("  *")),
  ];
  return `#compdef rbgen
_rbgen() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if ((CURRENT == 2)) && [[ "$words[2]" != -* ]]; then
    _describe -t commands command commands
    _files
    return
  fi
  case "$words[2]" in
${ordered.join("\n")}
  esac
}
if [[ "$funcstack[1]" == _rbgen ]]; then
  _rbgen "$@"
else
  compdef _rbgen rbgen
fi
`;
}
