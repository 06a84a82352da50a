using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>Intermediates in OpenSSL's own list, which holds each of them once more.</summary>
internal sealed partial class OpenSslChain : SafeHandle
{
    public OpenSslChain(IEnumerable<X509Certificate2> intermediates)
        : base(0, ownsHandle: true)
    {
        SetHandle(NewList());
        foreach (var intermediate in intermediates)
        {
            if (LeafHandle.HoldOnce(intermediate.Handle) == 1) _ = Add(handle, intermediate.Handle);
            GC.KeepAlive(intermediate);
        }
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        while (Take(handle) is not 0 and var intermediate) LeafHandle.Free(intermediate);
        FreeList(handle);
        return true;
    }

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OPENSSL_sk_new_null")]
    private static partial nint NewList();

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OPENSSL_sk_push")]
    private static partial int Add(nint list, nint item);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OPENSSL_sk_pop")]
    private static partial nint Take(nint list);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OPENSSL_sk_free")]
    private static partial void FreeList(nint list);
}
