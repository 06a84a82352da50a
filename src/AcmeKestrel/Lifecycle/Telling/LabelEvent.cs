using AcmeKestrel.Certificates;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>What happened to a label: the one stream that the log, the status and whoever else cares read.</summary>
internal abstract record LabelEvent(LabelView Label)
{
    /// <summary>What is to be done for it now, or why nothing is.</summary>
    /// <param name="IsNews">Another obstacle than the last time, or the first one.</param>
    public sealed record Decided(LabelView Label, Decision Decision, bool IsNews) : LabelEvent(Label);

    /// <summary>A certificate is being ordered.</summary>
    public sealed record Ordering(LabelView Label, Provider Provider, IssueReason Because) : LabelEvent(Label)
    {
        /// <summary>At its staging directory, to see whether the names can be validated.</summary>
        public bool IsRehearsal { get; init; }
    }

    /// <summary>What was to be tried at the staging directory is over; the order that counts follows.</summary>
    /// <param name="Ignored">Why it could not be tried; null: all names were validated.</param>
    public sealed record Rehearsed(LabelView Label, Provider Staging, string? Ignored) : LabelEvent(Label);

    /// <summary>A certificate came; it is the label's from now on.</summary>
    public sealed record Issued(LabelView Label) : LabelEvent(Label);

    /// <summary>A certificate that another label left behind is this label's.</summary>
    public sealed record TakenOver(LabelView Label, string From) : LabelEvent(Label);

    /// <summary>The label was wished no more; what was stored of it is gone.</summary>
    /// <param name="Label">As it was.</param>
    public sealed record Forgotten(LabelView Label) : LabelEvent(Label);

    /// <summary>The label's certificate is to be revoked, or was found revoked.</summary>
    /// <param name="Request">What was asked for, or found, now: an older one may be open beside it.</param>
    public sealed record RevocationBegun(LabelView Label, Revocation Revocation, RevocationRequest Request) : LabelEvent(Label);

    /// <summary>The CA has revoked a certificate of the label.</summary>
    /// <param name="ByKey">Signed by the certificate's key, since its account is lost.</param>
    public sealed record Revoked(LabelView Label, string Generation, AcmeRevocationReason Reason, bool ByKey) : LabelEvent(Label);

    /// <summary>The CA was asked to revoke and did not.</summary>
    public sealed record RevocationFailed(LabelView Label, string Generation, string Problem, DateTimeOffset Until) : LabelEvent(Label);

    /// <summary>An earlier certificate is the label's again.</summary>
    /// <param name="From">The generation that was served before.</param>
    /// <param name="To">The one whose copy is served now.</param>
    public sealed record RolledBack(LabelView Label, string From, string To) : LabelEvent(Label);

    /// <summary>A certificate that another program obtained is the label's.</summary>
    public sealed record Imported(LabelView Label) : LabelEvent(Label);

    /// <summary>An order ended without a certificate.</summary>
    public sealed record Failed(LabelView Label, string Problem) : LabelEvent(Label)
    {
        /// <summary>What it was, in one word that is not the CA's.</summary>
        public string Kind { get; init; } = "refused";
    }

    /// <summary>A hook does not want a certificate to be ordered.</summary>
    /// <param name="Until">When it is asked again; null: it is not obeyed.</param>
    public sealed record Vetoed(LabelView Label, HookVeto Veto, DateTimeOffset? Until) : LabelEvent(Label);

    /// <summary>The CA does not know the order any more.</summary>
    public sealed record Lost(LabelView Label, string Reason) : LabelEvent(Label);

    /// <summary>The CA has trouble.</summary>
    public sealed record ProviderFailed(LabelView Label, Provider Provider, string Reason, DateTimeOffset Until) : LabelEvent(Label);

    /// <summary>The CA wants the certificate renewed earlier than by its age.</summary>
    public sealed record RenewalHurried(LabelView Label, RenewalWindow Window, DateTimeOffset Due) : LabelEvent(Label);

    /// <summary>What the CA said about the renewal could not be written.</summary>
    public sealed record RenewalInfoNotKept(LabelView Label, string Problem) : LabelEvent(Label);

    /// <summary>The files that others read were looked at.</summary>
    /// <param name="Before">How they were found by the look before.</param>
    /// <param name="Again">When those that failed are tried again; null: none did.</param>
    public sealed record Exported(LabelView Label, IReadOnlyList<ExportResult> Files, IReadOnlyList<ExportResult> Before, DateTimeOffset? Again) : LabelEvent(Label);

    /// <summary>Something that this program does not expect.</summary>
    public sealed record Surprised(LabelView Label, Exception Surprise) : LabelEvent(Label);
}
