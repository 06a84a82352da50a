using System.Net.Security;
using System.Runtime.Versioning;
using AcmeKestrel.Serving.Finding;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>What .NET is shown of a leaf with one day's contexts, for as long as a connection has it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Showing(SharedContexts contexts, SslStreamCertificateContext context)
{
    private UseCount _uses;

    public SharedContexts Contexts => contexts;

    public SslStreamCertificateContext Context => context;

    /// <summary>False: it has just been closed.</summary>
    public bool TryUse() => _uses.TryAdd();

    public void Release()
    {
        if (_uses.Remove()) TlsContexts.Close(context);
    }
}
