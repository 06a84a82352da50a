using System.Net.Security;
using System.Runtime.InteropServices;
using AcmeKestrel.Serving.OpenSsl;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// How many session tickets a full handshake of TLS 1.3 gives the client (RFC 8446 section 4.6.1): OpenSSL makes two, each of which costs a twelfth of a handshake, Go's servers give one. .NET has no
/// setting for it, so OpenSSL is asked itself, for each context once it is there. Where it is not the OpenSSL that .NET uses, or not known, all stays as it is.
/// </summary>
internal static partial class SessionTickets
{
    /// <summary>What OpenSSL makes unless somebody says otherwise: an operator's own configuration of it stays.</summary>
    private const nuint Usual = 2;

    /// <summary>Whether contexts can be told.</summary>
    public static bool AreKnown { get; } = SessionContexts.AreKnown && OpenSslLibrary.IsKnown;

    /// <summary>The context of the connection; null where it shares none, or none can be told.</summary>
    public static SafeHandle? ContextOf(SslStream connection) => AreKnown ? SessionContexts.Of(connection) : null;

    /// <summary>From the next connection on the context gives one ticket.</summary>
    public static void LeaveOne(SafeHandle context)
    {
        // While it is being closed nobody may touch it.
        if (!SessionContexts.TryShare(context)) return;

        if (Count(context.DangerousGetHandle()) == Usual) _ = SetCount(context.DangerousGetHandle(), 1);
        context.Dispose();
    }

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_CTX_get_num_tickets")]
    private static partial nuint Count(nint context);

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_CTX_set_num_tickets")]
    private static partial int SetCount(nint context, nuint count);
}
