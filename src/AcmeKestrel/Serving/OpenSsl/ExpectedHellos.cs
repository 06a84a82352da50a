using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using AcmeKestrel.Serving.Hellos;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>
/// Which certificate each connection is to have whose hello was looked at, and whose handshake begins now. OpenSSL asks when it reads the hello: nothing of .NET leads from its connection to ours, so the
/// client's random number does. Whoever is not expected here gets no certificate at all.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class ExpectedHellos
{
    private const int Success = 1; // SSL_CLIENT_HELLO_SUCCESS
    private const int Failure = 0; // SSL_CLIENT_HELLO_ERROR
    private const int InternalError = 80; // RFC 8446 section 6

    private static readonly ConcurrentDictionary<HelloRandom, OpenSslLeaf> Expected = new();

    /// <summary>Where OpenSSL's connection remembers that it has its certificate: a second hello (RFC 8446 section 4.1.4), or one of TLS 1.2 that renegotiates, changes nothing.</summary>
    private static readonly int Given = OpenSslLibrary.IsKnown ? NewIndex(0, 0, 0, 0, 0, 0) : -1;

    /// <summary>False where another connection came with the same number: whoever drew both is not to choose for others.</summary>
    public static bool TryAdd(HelloRandom random, OpenSslLeaf leaf) => Expected.TryAdd(random, leaf);

    /// <summary>The connection is over, or has its certificate; before the leaf is disposed of.</summary>
    public static void Remove(HelloRandom random, OpenSslLeaf leaf) => Expected.TryRemove(new(random, leaf));

    /// <summary>From now on the context's connections are those that are expected.</summary>
    /// <param name="context"><c>SSL_CTX*</c>, of which no connection is under way.</param>
    public static void Ask(nint context) => SetCallback(context, &Answer, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Answer(nint connection, int* alert, nint argument)
    {
        *alert = InternalError;
        try
        {
            if (Find(connection, Given) != 0) return Success;

            byte* random;
            if (RandomOf(connection, &random) != HelloRandom.Length) return Failure;

            var isGiven = Expected.TryRemove(HelloRandom.Read(new ReadOnlySpan<byte>(random, HelloRandom.Length)), out var leaf) && leaf.TryGive(connection) && Remember(connection, Given, 1) == 1;
            if (!isGiven) return Failure;

            // What OpenSSL found lacking on the way would be taken for what the handshake failed of.
            OpenSslLibrary.ClearErrors();
            return Success;
        }
#pragma warning disable CA1031 // OpenSSL cannot catch it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return Failure;
        }
    }

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_CTX_set_client_hello_cb")]
    private static partial void SetCallback(nint context, delegate* unmanaged[Cdecl]<nint, int*, nint, int> callback, nint argument);

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_client_hello_get0_random")]
    private static partial nint RandomOf(nint connection, byte** random);

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_get_ex_data")]
    private static partial nint Find(nint connection, int index);

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_set_ex_data")]
    private static partial int Remember(nint connection, int index, nint value);

    /// <param name="kind">0: of connections (CRYPTO_EX_INDEX_SSL).</param>
    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "CRYPTO_get_ex_new_index")]
    private static partial int NewIndex(int kind, nint number, nint pointer, nint whenMade, nint whenCopied, nint whenFreed);
}
