using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace AcmeKestrel.Storage.Engine;

/// <summary>Secret parts, encrypted and marked as such. Each is bound to its record and its name: it is worth nothing in another place.</summary>
internal sealed class SecretParts(IDataProtectionProvider keys)
{
    private const string Purpose = "AcmeKestrel.Store.v1";

    /// <summary>What was written before encryption was switched on has no mark, and stays readable.</summary>
    private static ReadOnlySpan<byte> Mark => "acme-protected-1\n"u8;

    public static bool IsProtected(RecordPart part) => IsProtected(part.Bytes.Span);

    public static bool IsProtected(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Mark);

    public RecordContent Protect(RecordKey key, RecordContent content) => new([.. content.Parts.Select(part => part.Secret ? part with { Bytes = Protect(key, part) } : part)]);

    /// <exception cref="CryptographicException">The keys of this process do not open it.</exception>
    public RecordPart Open(RecordKey key, RecordPart part, out bool isStale)
    {
        isStale = part.Secret;
        if (!IsProtected(part)) return part;

        var sealedBytes = part.Bytes[Mark.Length..].ToArray();

        // A key that was revoked still opens what it closed: to lose all certificates is no better than to have them read.
        var bytes = Protector(key, part.Name) is IPersistedDataProtector lasting
            ? lasting.DangerousUnprotect(sealedBytes, ignoreRevocationErrors: true, out isStale, out _)
            : Unprotect(key, part.Name, sealedBytes, out isStale);
        return part with { Bytes = bytes };
    }

    private byte[] Unprotect(RecordKey key, string part, byte[] sealedBytes, out bool isStale)
    {
        isStale = false;
        return Protector(key, part).Unprotect(sealedBytes);
    }

    private byte[] Protect(RecordKey key, RecordPart part) => [.. Mark, .. Protector(key, part.Name).Protect(part.Bytes.ToArray())];

    private IDataProtector Protector(RecordKey key, string part) => keys.CreateProtector(Purpose, key.Kind.Name, key.Name, part);
}
