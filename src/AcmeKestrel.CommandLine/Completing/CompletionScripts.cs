namespace AcmeKestrel.CommandLine.Completing;

/// <summary>
/// Scripts that have a shell ask the program for words: <c>app acme complete =WORD BEFORE...</c>, with the word under the cursor first and behind a sign, since some shells drop an argument that is empty. A line, a word.
/// What stands before the word <c>acme</c> goes along: it may say where the state is.
/// </summary>
internal static class CompletionScripts
{
    private const string Program = "@PROGRAM@";
    private const string Function = "@FUNCTION@";

    // bash takes a line apart at colons and the like, too, which stand in settings, addresses and IPv6: the line is read as it is, and what is before such a sign is not given twice.
    private const string Bash =
        """
        # bash completion for '@PROGRAM@ acme'. In ~/.bashrc: source <(@PROGRAM@ acme completion bash)
        @FUNCTION@() {
            local line=${COMP_LINE:0:COMP_POINT} word kept='' at=0 index last candidate
            local -a words=()
            COMPREPLY=()
            read -ra words <<< "$line"
            [[ $line == *[[:space:]] ]] && words+=('')
            last=$((${#words[@]} - 1))
            word=${words[last]}
            for ((index = 1; index < last; index++)); do
                [[ ${words[index]} == acme ]] || continue
                if ((index == 1)) || [[ ${words[index - 1]} != [-/]* || ${words[index - 1]} == *=* ]]; then
                    at=$index
                    break
                fi
            done
            if ((at == 0)); then
                [[ -n $word && acme == "$word"* ]] && COMPREPLY=(acme)
                return
            fi
            kept=${word%"${word##*[:@=]}"}
            while IFS= read -r candidate; do
                COMPREPLY+=("$(printf '%q' "${candidate#"$kept"}")")
            done < <("${words[0]}" "${words[@]:1:at-1}" acme complete "=$word" "${words[@]:at+1:last-at-1}" 2> /dev/null)
        }
        complete -o default -F @FUNCTION@ @PROGRAM@

        """;

    private const string Zsh =
        """
        #compdef @PROGRAM@
        # zsh completion for '@PROGRAM@ acme'. In ~/.zshrc, after compinit: source <(@PROGRAM@ acme completion zsh)
        @FUNCTION@() {
            local -a candidates
            local at=0 index
            for ((index = 2; index < CURRENT; index++)); do
                [[ ${words[index]} == acme ]] || continue
                if ((index == 2)) || [[ ${words[index-1]} != [-/]* || ${words[index-1]} == *=* ]]; then
                    at=$index
                    break
                fi
            done
            if ((at == 0)); then
                compadd -- acme
                return
            fi
            candidates=("${(@f)$("${(@Q)words[1,at-1]}" acme complete "=${(Q)PREFIX}" "${(@Q)words[at+1,CURRENT-1]}" 2> /dev/null)}")
            candidates=(${candidates:#})
            ((${#candidates})) && compadd -a -- candidates || _files
        }
        if [[ ${funcstack[1]} == _@PROGRAM@ ]]; then
            @FUNCTION@ "$@"
        else
            compdef @FUNCTION@ @PROGRAM@
        fi

        """;

    private const string PowerShell =
        """
        # PowerShell completion for '@PROGRAM@ acme'. In $PROFILE: @PROGRAM@ acme completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName @PROGRAM@ -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
            $at = 0
            for ($index = 1; $index -lt $typed.Count; $index++) {
                if ($typed[$index] -ceq 'acme' -and ($index -eq 1 -or $typed[$index - 1] -notmatch '^[-/]' -or $typed[$index - 1].Contains('='))) { $at = $index; break }
            }
            if ($at -eq 0) {
                if ('acme'.StartsWith("$wordToComplete")) { 'acme' }
                return
            }
            $before = @($typed | Select-Object -Skip 1 -First ($at - 1))
            $after = @($typed | Select-Object -Skip ($at + 1))
            & $typed[0] @before acme complete "=$wordToComplete" @after 2> $null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;

    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "pwsh"];

    /// <param name="program">Of letters, digits and few signs: it stands in a script.</param>
    public static string Of(string shell, string program)
    {
        var script = shell switch { "bash" => Bash, "zsh" => Zsh, _ => PowerShell };
        var function = $"_{string.Concat(program.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'))}_acme";
        return script.ReplaceLineEndings("\n").Replace(Function, function, StringComparison.Ordinal).Replace(Program, program, StringComparison.Ordinal);
    }
}
