using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>How far a step of an order came.</summary>
internal abstract record StepResult
{
    /// <summary>The order is in its next state; go on at once.</summary>
    public static StepResult Advanced { get; } = new Moved();

    /// <summary>The CA was not asked: it says nothing of it.</summary>
    public bool IsOurs { get; init; }

    /// <summary>The CA needs time, or this side does.</summary>
    public sealed record WaitUntil(DateTimeOffset Time) : StepResult
    {
        /// <summary>Whose end ends the waiting, too; whoever begun it wakes the label then.</summary>
        public Task? Sooner { get; init; }

        /// <summary>What is waited for, where it is not the CA: the rest of a sentence.</summary>
        public string? For { get; init; }

        /// <summary>That is something only a human can do, when he likes.</summary>
        public bool IsForHuman { get; init; }
    }

    /// <summary>The certificate is here and checked.</summary>
    public sealed record Issued(Generation Generation) : StepResult;

    /// <summary>All names were validated, which was all that was wanted.</summary>
    /// <param name="Ignored">Why that could not be tried, and need not be; null: it was.</param>
    public sealed record Rehearsed(string? Ignored = null) : StepResult;

    /// <summary>The order is dead, or as good as dead.</summary>
    public sealed record Failed(OrderFailure Failure) : StepResult;

    /// <summary>The CA wants something of the operator before it goes on with this name.</summary>
    public sealed record HumanNeeded(string Reason) : StepResult;

    /// <summary>The CA does not know the order any more, through nobody's fault; plan anew.</summary>
    public sealed record Lost(string Reason) : StepResult;

    /// <summary>The CA itself has trouble; no name's fault.</summary>
    public sealed record ProviderFault(DateTimeOffset Until, string Reason) : StepResult;

    private sealed record Moved : StepResult;
}
