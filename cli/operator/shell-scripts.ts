// What a shell loads to complete `goalkeeper`. Each script asks `goalkeeper complete`, and evaluates nothing of what it answers:
// a word a line, with a tab and its meaning; `:files` alone leaves it to the shell.

export const shells = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof shells)[number];

const BASH = `# eval "$(goalkeeper completion bash)", such as in ~/.bashrc
_goalkeeper() {
  local line="\${COMP_LINE:0:COMP_POINT}" word answer rest
  local -a words=()
  line="\${line#*"\${COMP_WORDS[0]}"}"
  read -ra words <<<"$line"
  [[ -z $line || $line == *[[:space:]] ]] && words+=('')
  word="\${words[\${#words[@]}-1]}"
  # Readline takes a word to begin after a colon or an equals sign, which IDs and pairs hold.
  rest="$word"
  [[ $COMP_WORDBREAKS == *:* ]] && rest="\${rest##*:}"
  [[ $COMP_WORDBREAKS == *=* ]] && rest="\${rest##*=}"
  local before="\${word%"$rest"}"
  COMPREPLY=()
  while IFS= read -r answer; do
    answer="\${answer%%$'\\t'*}"
    if [[ $answer == :files ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    [[ $answer == *= ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${answer#"$before"}")
  done < <("\${COMP_WORDS[0]}" complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _goalkeeper goalkeeper
`;

const ZSH = `#compdef goalkeeper
# source <(goalkeeper completion zsh), such as in ~/.zshrc after compinit
_goalkeeper() {
  local answer value
  local -a described pairs asked
  asked=("\${(@)words[2,CURRENT-1]}" "$PREFIX")
  while IFS= read -r answer; do
    if [[ $answer == :files ]]; then
      _files
      return
    fi
    value="\${answer%%$'\\t'*}"
    if [[ $value == *= ]]; then
      pairs+=("$value")
    else
      described+=("\${value//:/\\\\:}:\${answer#*$'\\t'}")
    fi
  done < <("\${words[1]}" complete -- "\${asked[@]}" 2>/dev/null)
  (( \${#pairs} )) && compadd -S '' -- "\${pairs[@]}"
  (( \${#described} )) && _describe -V goalkeeper described
}
compdef _goalkeeper goalkeeper
`;

const FISH = `# goalkeeper completion fish | source, such as in ~/.config/fish/config.fish
function __goalkeeper_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l answers ($words[1] complete -- $words[2..] 2>/dev/null)
  if test "$answers[1]" = :files
    __fish_complete_path (commandline -ct)
  else
    string join \\n -- $answers
  end
end
complete -c goalkeeper -f -a '(__goalkeeper_complete)'
`;

/** By shell. */
export const shellScripts: Readonly<Record<ShellName, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
