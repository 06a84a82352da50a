using System.CommandLine;

namespace AcmeKestrel.CommandLine;

/// <summary>A verb that cannot be taken back tells what comes of it, and asks or takes <c>--yes</c>.</summary>
internal static class Consent
{
    public static Option<bool> NewOption() => new("--yes", "-y") { Description = "Asks nothing." };

    /// <summary>Null: go on. Else the exit code.</summary>
    public static async Task<int?> AskAsync(VerbRun run, Option<bool> yes, string consequence)
    {
        if (run.Words.GetValue(yes)) return null;

        switch (await run.Console.AskAsync(consequence).ConfigureAwait(false))
        {
            case true:
                return null;
            case false:
                await run.Console.ErrorAsync("Nothing was done.").ConfigureAwait(false);
                return AcmeExitCode.Error;
            default:
                await run.Console.ErrorAsync("Nothing was done: nobody is there to be asked. --yes asks nothing.").ConfigureAwait(false);
                return AcmeExitCode.Usage;
        }
    }
}
