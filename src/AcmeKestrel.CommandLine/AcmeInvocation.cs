namespace AcmeKestrel.CommandLine;

/// <summary>A command line, divided: <c>app [the host's own settings] acme reconcile</c>.</summary>
public sealed class AcmeInvocation
{
    internal const string FirstWord = "acme";

    /// <summary>
    /// A verb's answer is alone on standard output, and what the host tells beside it is what went wrong; that its endpoints are somebody else's is the verb's to tell, if it is news at all.
    /// Whatever the caller sets comes later, and wins.
    /// </summary>
    private static readonly string[] Quiet =
    [
        "--Logging:Console:LogToStandardErrorThreshold=Trace", "--Logging:LogLevel:Default=Warning", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Warning", "--Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host=Critical",
    ];

    private AcmeInvocation(string[] hostArguments, string[] words) => (HostArguments, Words) = (hostArguments, words);

    /// <summary>What the host is built from: everything before the word <c>acme</c>; for a verb, with settings that keep its log off standard output.</summary>
    public string[] HostArguments { get; }

    /// <summary>Whether a verb was given; without one the application just runs.</summary>
    public bool HasVerb => Words.Length > 0;

    /// <summary>From the word <c>acme</c> on.</summary>
    internal string[] Words { get; }

    internal static AcmeInvocation Parse(string[] args)
    {
        for (var index = 0; index < args.Length; index++)
        {
            if (args[index] == FirstWord && !IsValue(args, index)) return new([.. Quiet, .. args[..index]], args[index..]);
        }

        return new(args, []);
    }

    /// <summary><c>--name acme</c>: the word belongs to the host's setting before it.</summary>
    private static bool IsValue(string[] args, int index) =>
        index > 0 && args[index - 1] is ['-' or '/', ..] before && !before.Contains('=', StringComparison.Ordinal);
}
