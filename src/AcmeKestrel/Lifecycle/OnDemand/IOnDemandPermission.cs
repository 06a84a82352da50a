using System.Diagnostics.CodeAnalysis;

namespace AcmeKestrel;

/// <summary>
/// Says which names get a certificate when a visitor comes for them that nobody wished: <c>AddOnDemand()</c> registers one. It is asked before anything is ordered, once for all who come for a name at a time;
/// an answer is kept for a minute, and a name that is allowed is asked for again when somebody visits it before its renewal. Made to be implemented: members that are added later have a default
/// implementation.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is one, and no attribute of code access security.")]
public interface IOnDemandPermission
{
    /// <summary>Whether the name may have a certificate. Strangers decide what is asked, and wait for it: look it up where that is quick. What throws, or takes longer than five seconds, allows nothing.</summary>
    ValueTask<bool> IsAllowedAsync(AcmeOnDemandVisit visit, CancellationToken cancellationToken);
}
