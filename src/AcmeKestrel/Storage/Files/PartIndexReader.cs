using System.Text;

namespace AcmeKestrel.Storage.Files;

/// <summary>Goes through a <see cref="PartIndex"/> entry by entry: of a hundred thousand no more than one is in memory.</summary>
/// <param name="file">Null: there is none.</param>
internal sealed class PartIndexReader(Stream? file) : IDisposable
{
    private readonly byte[] _buffer = file is null ? [] : new byte[2 * PartIndex.MaxEntryBytes];
    private int _begin;
    private int _end;
    private bool _isOver = file is null;

    /// <summary>There is a file, and it cannot be read.</summary>
    public static PartIndexReader Unreadable => new(new MemoryStream("?"u8.ToArray()));

    /// <summary>Once all entries were read: nothing torn followed, so that something may be put at the end. There may be no file at all.</summary>
    public bool IsWhole { get; private set; } = file is null;

    /// <summary>False at the end, or at what is no entry: nothing that follows it is looked at.</summary>
    /// <param name="part">Until the next one is read.</param>
    public bool TryRead(out string name, out ReadOnlyMemory<byte> part)
    {
        (name, part) = ("", default);
        if (_isOver || (_begin == 0 && _end == 0 && !TrySkipFormat())) return End(isWhole: false);

        if (_end - _begin < PartIndex.MaxEntryBytes) Fill();
        if (_begin == _end) return End(isWhole: true);
        if (PartIndex.TryTake(_buffer.AsMemory(_begin, _end - _begin), out var nameBytes, out part) is not (> 0 and var length)) return End(isWhole: false);

        name = Encoding.UTF8.GetString(nameBytes.Span);
        _begin += length;
        return true;
    }

    public void Dispose() => file?.Dispose();

    private bool End(bool isWhole)
    {
        if (!_isOver) IsWhole = isWhole;
        _isOver = true;
        return false;
    }

    private bool TrySkipFormat()
    {
        Fill();
        if (!_buffer.AsSpan(0, _end).StartsWith(PartIndex.Format)) return false;

        _begin = PartIndex.Format.Length;
        return true;
    }

    /// <summary>What keeps it from being read keeps nothing else from it.</summary>
    private void Fill()
    {
        _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
        (_begin, _end) = (0, _end - _begin);
        try
        {
            while (_end < _buffer.Length && file!.Read(_buffer, _end, _buffer.Length - _end) is > 0 and var read) _end += read;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _isOver = true;
        }
    }
}
