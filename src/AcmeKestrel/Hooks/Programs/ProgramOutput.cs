using System.Buffers;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>What a program said: the last of it, a line after the other, without control characters, keys, and lines that are nothing but base64, which keys are made of.</summary>
internal sealed class ProgramOutput
{
    private const int LongestLine = 500;
    private const int ShortestSecret = 40;
    private const string KeyShown = "[a private key]";
    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_");
    private readonly Queue<string> _lines = new();
    private readonly List<byte> _line = [];
    private bool _isInKey;
    private bool _isCut;
    private int _length;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            if (one is (byte)'\n' or (byte)'\r') EndLine();
            else if (_line.Count < LongestLine) _line.Add(one);
        }
    }

    /// <summary>What was said elsewhere, after this.</summary>
    public void Add(ProgramOutput other)
    {
        EndLine();
        other.EndLine();
        foreach (var line in other._lines) Keep(line);
        _isCut |= other._isCut;
    }

    /// <summary>All that is kept, in one line.</summary>
    public string End()
    {
        EndLine();
        return (_isCut ? "... | " : "") + string.Join(" | ", _lines);
    }

    private void EndLine()
    {
        if (_line.Count == 0) return;

        var line = Safe(Encoding.UTF8.GetString([.. _line]));
        _line.Clear();
        if (line.Length > 0) Keep(line);
    }

    private void Keep(string line)
    {
        _lines.Enqueue(line);
        _length += line.Length;
        while (_length > HookLimits.Words)
        {
            _length -= _lines.Dequeue().Length;
            _isCut = true;
        }
    }

    /// <summary>A key has several lines, or one with its ends in words.</summary>
    private string Safe(string line)
    {
        var said = new StringBuilder();
        while (line.Length > 0)
        {
            if (_isInKey)
            {
                if (line.IndexOf("-----END", StringComparison.Ordinal) is not (>= 0 and var end)) break;
                _isInKey = false;
                var after = line.IndexOf("-----", end + 5, StringComparison.Ordinal);
                line = after < 0 ? "" : line[(after + 5)..];
                continue;
            }

            if (KeyIn(line) is not (>= 0 and var begin))
            {
                said.Append(IsSecret(line) ? "[...]" : line);
                break;
            }

            said.Append(line.AsSpan(0, begin)).Append(KeyShown);
            _isInKey = true;
            line = line[(begin + 10)..];
        }

        return PlainText.Of(said.ToString(), LongestLine).Trim();
    }

    private static int KeyIn(string line) =>
        line.IndexOf("-----BEGIN", StringComparison.Ordinal) is >= 0 and var begin && line.AsSpan(begin).Contains("PRIVATE KEY", StringComparison.Ordinal) ? begin : -1;

    private static bool IsSecret(string line) => line.AsSpan().Trim() is { Length: >= ShortestSecret } trimmed && !trimmed.ContainsAnyExcept(Base64);
}
