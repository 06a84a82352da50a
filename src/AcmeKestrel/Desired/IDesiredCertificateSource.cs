using AcmeKestrel.Certificates;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>A place that certificates are wished from. Register one with <c>services.AddSingleton&lt;IDesiredCertificateSource, ...&gt;()</c>.</summary>
public interface IDesiredCertificateSource
{
    /// <summary>Decides the precedence between sources.</summary>
    AcmeWishSource Source { get; }

    /// <summary>All that this source wishes now, and what is wrong with the rest. Cheap: called at start and after each change.</summary>
    ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken);

    /// <summary>Fires once when the list may have changed.</summary>
    IChangeToken GetChangeToken();
}
