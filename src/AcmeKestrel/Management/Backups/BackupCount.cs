using System.Security.Cryptography;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Backups;

/// <summary>Counts what a backup holds, and tells two that hold the same from two that do not.</summary>
internal sealed class BackupCount
{
    /// <summary>An operator reads a few.</summary>
    private const int Told = 100;

    private readonly List<string> _problems = [];
    private readonly byte[] _sum = new byte[SHA256.HashSizeInBytes];
    private int _accounts;
    private int _certificates;
    private int _wishes;
    private int _others;

    public void Add(BackupItem item)
    {
        switch (item)
        {
            case BackupItem.Record { Stored: { Key: var key, Content: var content } }:
                if (key.Kind == RecordKind.Account) _accounts++;
                else if (key.Kind == RecordKind.Certificate) _certificates++;
                else _others++;
                foreach (var part in content.Parts) Mix($"{key}\n{part.Name}", part.Bytes.Span);
                break;
            case BackupItem.Wish wish:
                _wishes++;
                Mix($"{wish.Folder}/{wish.Name}", wish.Bytes.Span);
                break;
            case BackupItem.Damaged damaged when _problems.Count < Told:
                _problems.Add(damaged.Problem);
                break;
        }
    }

    /// <summary>The same things, in whatever order.</summary>
    public bool IsSameAs(BackupCount other) => _sum.AsSpan().SequenceEqual(other._sum) && (_accounts, _certificates, _wishes, _others) == (other._accounts, other._certificates, other._wishes, other._others);

    public AcmeBackup Tell(string path) => new(path) { Accounts = _accounts, Certificates = _certificates, WishFiles = _wishes, OtherRecords = _others, Problems = _problems };

    private void Mix(string name, ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name}\n{bytes.Length}\n"));
        hash.AppendData(bytes);
        var one = hash.GetHashAndReset();
        for (var index = 0; index < one.Length; index++) _sum[index] ^= one[index];
    }
}
