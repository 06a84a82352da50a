using System.CommandLine;
using System.CommandLine.Invocation;

namespace AcmeKestrel.CommandLine;

/// <summary>A verb's help, which ends with examples.</summary>
internal sealed class HelpWithExamples(SynchronousCommandLineAction help, IReadOnlyDictionary<Command, IReadOnlyList<string>> examples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => help.ClearsParseErrors;

    public override int Invoke(ParseResult parseResult)
    {
        var exit = help.Invoke(parseResult);
        if (!examples.TryGetValue(parseResult.CommandResult.Command, out var lines)) return exit;

        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in lines) output.WriteLine($"  app {AcmeInvocation.FirstWord} {line}");
        output.WriteLine();
        return exit;
    }
}
