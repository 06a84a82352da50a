using System.Runtime.InteropServices;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>OpenSSL's certificate (<c>X509*</c>).</summary>
internal sealed partial class LeafHandle : SafeHandle
{
    /// <param name="leaf">Becomes this one's.</param>
    public LeafHandle(nint leaf)
        : base(0, ownsHandle: true) => SetHandle(leaf);

    public override bool IsInvalid => handle == 0;

    /// <summary>Of a certificate that somebody else has as well.</summary>
    public static LeafHandle Hold(nint leaf)
    {
        _ = HoldOnce(leaf);
        return new LeafHandle(leaf);
    }

    protected override bool ReleaseHandle()
    {
        Free(handle);
        return true;
    }

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "X509_up_ref")]
    public static partial int HoldOnce(nint certificate);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "X509_free")]
    public static partial void Free(nint certificate);
}
