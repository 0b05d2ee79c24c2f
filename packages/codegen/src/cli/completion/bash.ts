import type { CompletedCommand } from "./completed.ts";

/** A script for bash, from 3.2 on: `source <(rbgen completion bash)`. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.flatMap(({ name }) => (name === "" ? [] : [name]));
  const options = commands.map(
    ({ name, options }) => `    "${name}") options="${options.flatMap(({ names }) => names).join(" ")}" ;;`,
  );
  const words = commands.flatMap(({ name, words }) =>
    words === undefined ? [] : [`    "${name}") words="${words.join(" ")}" ;;`],
  );
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ names, value, list }) =>
      value === undefined
        ? []
        : [
            `    ${names.map((option) => `"${name} ${option}"`).join("|")}) values="${value.join(" ")}"; taken=${list ? "list" : "one"} ;;`,
          ],
    ),
  );
  return `# bash completion of rbgen: source <(rbgen completion bash)
_rbgen() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="" command="" options="" words="" values="" taken="" word
  COMPREPLY=()
  ((COMP_CWORD > 0)) && before="\${COMP_WORDS[COMP_CWORD - 1]}"
  # --int64=big is three words to bash.
  if [[ "$current" == "=" ]]; then
    current=""
  elif [[ "$before" == "=" ]] && ((COMP_CWORD > 1)); then
    before="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  if ((COMP_CWORD > 1)); then
    case "\${COMP_WORDS[1]}" in
    ${names.join("|")}) command="\${COMP_WORDS[1]}" ;;
    esac
  fi
  case "$command $before" in
${values.join("\n")}
  esac
  if [[ -n "$taken" ]]; then
    # Without a choice, bash completes the names of files.
    if [[ "$taken" == "list" && "$current" == *,* ]]; then
      COMPREPLY=($(compgen -P "\${current%,*}," -W "$values" -- "\${current##*,}"))
      return
    fi
    [[ -n "$values" ]] && COMPREPLY=($(compgen -W "$values" -- "$current"))
    return
  fi
  case "$command" in
${options.join("\n")}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    return
  fi
  case "$command" in
${words.join("\n")}
  esac
  if [[ -n "$words" ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif ((COMP_CWORD == 1)); then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(
      compgen -W "${names.join(" ")}" -- "$current"
      compgen -f -- "$current"
    )
    compopt -o filenames 2>/dev/null
  fi
}
complete -o default -F _rbgen rbgen
`;
}
