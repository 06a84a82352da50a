using AcmeKestrel.Certificates;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>
/// A place that certificates are wished from. Register one with <c>services.AddSingleton&lt;IDesiredCertificateSource, ...&gt;()</c>. Made to be implemented: members that are added
/// later have a default implementation.
/// </summary>
public interface IDesiredCertificateSource
{
    /// <summary>Decides the precedence between sources, and names this one in messages.</summary>
    AcmeWishSource Source { get; }

    /// <summary>All that this source wishes now, and what is wrong with the rest. Cheap: called at start and after each change. Where it throws, or does not answer within 30 seconds (without keeping its thread), what it said last stays.</summary>
    ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken);

    /// <summary>Fires once when the list may have changed; a source that never changes returns one that never fires.</summary>
    IChangeToken GetChangeToken();
}
