using System.CommandLine;
using System.Reflection;

namespace AcmeKestrel.CommandLine.Completing;

/// <summary><c>completion shell</c>: needs no application, and builds none.</summary>
internal static class CompletionCommand
{
    public static IReadOnlyList<string> Examples { get; } = ["completion bash", "completion zsh --program app"];

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong([.. CompletionScripts.Shells]);
        var program = new Option<string>("--program") { Description = "What this application is called by; without it, as its own file.", DefaultValueFactory = _ => OwnName() };
        program.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } name || !IsName(name)) result.AddError("--program is a name of letters, digits, '.', '-' and '_'.");
        });
        var command = new Command("completion", "Prints a script that has bash, zsh or PowerShell complete verbs, options, labels and mail addresses.") { shell, program };
        command.SetAction(words => words.InvocationConfiguration.Output.Write(CompletionScripts.Of(words.GetRequiredValue(shell), words.GetRequiredValue(program))));
        return command;
    }

    /// <summary>Of a program that <c>dotnet</c> runs, the assembly's.</summary>
    private static string OwnName()
    {
        var own = Path.GetFileNameWithoutExtension(Environment.ProcessPath) is { } file and not "dotnet" ? file : Assembly.GetEntryAssembly()?.GetName().Name;
        return own is not null && IsName(own) ? own : "app";
    }

    private static bool IsName(string name) => name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
