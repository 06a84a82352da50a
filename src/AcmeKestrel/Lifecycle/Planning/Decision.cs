using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>What is to be done for a label now.</summary>
internal abstract record Decision
{
    /// <summary>The label will not change before its next look: whoever waits for an outcome has it.</summary>
    public virtual bool IsSettled => false;

    /// <summary>Something is to be done now; else the label waits.</summary>
    public virtual bool IsToBeDone => true;

    /// <summary>When a label that waits is looked at again; null: when somebody says so.</summary>
    public virtual DateTimeOffset? LookAt => null;

    /// <summary>The present certificate satisfies the wish.</summary>
    /// <param name="Provider">Whose certificate it is.</param>
    /// <param name="RenewAt">When its renewal is due.</param>
    /// <param name="AskAt">When its CA is to be asked about its renewal (RFC 9773); null: never.</param>
    public sealed record Serve(Provider Provider, DateTimeOffset RenewAt, DateTimeOffset? AskAt) : Decision
    {
        /// <summary>The CA is to be asked now, and its answer may change the plan.</summary>
        public bool IsAsking { get; init; }

        public override bool IsSettled => !IsAsking;

        public override bool IsToBeDone => IsAsking;

        public override DateTimeOffset? LookAt => AskAt < RenewAt ? AskAt : RenewAt;
    }

    /// <summary>Order a certificate: nothing stands in the way.</summary>
    /// <param name="Challenges">Types in the order in which they are to be tried.</param>
    /// <param name="IsRenewal">Exactly these names have a certificate of this CA already: most CAs' limits per domain do not count it.</param>
    /// <param name="EarlyRenewals">In a row, this one included.</param>
    public sealed record Issue(
        Provider Provider, IssueReason Because, IReadOnlyList<AcmeIdentifier> Identifiers, IReadOnlyList<string> Challenges, bool IsRenewal, int EarlyRenewals) : Decision
    {
        /// <summary>What the CA is told that it replaces; null: nothing.</summary>
        public ReplacedCertificate? Replaces { get; init; }

        /// <summary>At a CA's staging directory, to see whether the names can be validated; its certificate is not asked for.</summary>
        public bool IsRehearsal { get; init; }

        /// <summary>With the present certificate's key.</summary>
        public bool ReusesKey { get; init; }
    }

    /// <summary>The order in flight takes its next step.</summary>
    public sealed record Continue(Provider Provider) : Decision;

    /// <summary>The certificate of the order in flight is committed: what is left of the order goes.</summary>
    /// <param name="Provider">Null where none is configured for its CA any more.</param>
    public sealed record Finish(Provider? Provider) : Decision;

    /// <summary>The order in flight is for nothing any more and is given up.</summary>
    /// <param name="Provider">Null where none is configured for its CA any more.</param>
    public sealed record Abandon(Provider? Provider) : Decision
    {
        /// <summary>Why it is left for another CA, where only the order's record says so; null: anything else, or what keeps its CA from being asked is known without it.</summary>
        public LeftOrder? Left { get; init; }
    }

    /// <summary>Something stands in the way.</summary>
    /// <param name="Provider">The one that is waited for, where it is one.</param>
    public sealed record Wait(Obstacle Obstacle, Provider? Provider = null) : Decision
    {
        /// <summary>When something else may have become possible; null: nothing will.</summary>
        public DateTimeOffset? Sooner { get; init; }

        public override bool IsSettled => !Obstacle.IsBrief;

        public override bool IsToBeDone => false;

        public override DateTimeOffset? LookAt => Sooner < Obstacle.Until || Obstacle.Until is null ? Sooner ?? Obstacle.Until : Obstacle.Until;
    }

    /// <summary>What is to be revoked, and has been replaced, is revoked at the CA.</summary>
    public sealed record Revoke(Revocation Revocation) : Decision;

    /// <summary>Another label left a certificate behind that does for this one.</summary>
    public sealed record TakeOver(LabelFacts From) : Decision;

    /// <summary>The label is not wished, and nothing is to be done for it now; what is stored is served on.</summary>
    /// <param name="Until">When what is stored goes; null: not by itself.</param>
    public sealed record Rest(DateTimeOffset? Until = null) : Decision
    {
        public override bool IsSettled => true;

        public override bool IsToBeDone => false;

        public override DateTimeOffset? LookAt => Until;
    }

    /// <summary>The label is wished no more, and what is stored of it was kept long enough.</summary>
    public sealed record Forget : Decision
    {
        public override bool IsSettled => true;
    }
}
