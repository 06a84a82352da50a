using System.CommandLine;
using Microsoft.AspNetCore.Builder;

namespace AcmeKestrel.CommandLine;

/// <summary>A verb of the command line: its words, and what it does with an application that was built and not started.</summary>
internal abstract class Verb
{
    /// <summary>The command with its arguments and options; its action is set by whoever runs it.</summary>
    public abstract Command Command { get; }

    /// <summary>The word before it (<see cref="AcmeVerbs.Groups"/>); null: it stands alone.</summary>
    public virtual string? Group => null;

    /// <summary>One to three lines that show its use, from the word after <c>acme</c> on.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>True: it changes nothing, and a missing state is no reason to make one.</summary>
    public virtual bool IsLook => false;

    /// <summary>The exit code where it could not do its work, or there is no state to look at.</summary>
    public virtual int ErrorCode => AcmeExitCode.Error;

    /// <summary>Reads what the caller may read, and the state's owner perhaps not: a process of root's becomes that one afterwards.</summary>
    public virtual void Prepare(VerbRun run)
    {
    }

    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken);
}

/// <summary>One run of a verb.</summary>
internal sealed record VerbRun(ParseResult Words, WebApplication App, VerbConsole Console)
{
    public Workplace Workplace { get; } = new(App, Console);
}
