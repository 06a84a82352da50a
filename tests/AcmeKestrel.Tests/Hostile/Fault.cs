using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>One way for a CA, or for something before it, to fail a request.</summary>
internal sealed record Fault(string Name, Func<Attempt, Task<HttpResponseMessage>> AnswerAsync)
{
    /// <summary>What a client must make of it; null = the answer is as good as a right one.</summary>
    public required Func<AnswerKind, AcmeFault?> Means { get; init; }

    /// <summary>What an operator must be told, in the exception or the status.</summary>
    public required string Says { get; init; }

    /// <summary>The CA has processed the request.</summary>
    public bool IsProcessed { get; init; }

    /// <summary>The wish of the CA that the exception must carry.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How often one operation asks a signed resource that goes on failing like this.</summary>
    public int Requests { get; init; } = 1;

    /// <summary>How many signed requests in a row are one such fault.</summary>
    public int Burst { get; init; } = 1;
}
