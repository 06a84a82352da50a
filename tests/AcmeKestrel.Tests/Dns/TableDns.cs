using System.Buffers.Binary;
using System.Net;
using System.Text;
using AcmeKestrel.Tests.LocalCa;

namespace AcmeKestrel.Tests.Dns;

/// <summary>An authoritative server, or a resolver, with the records that a test gives it; it answers as such servers do.</summary>
internal sealed class TableDns : IAsyncDisposable
{
    public const ushort A = 1;
    public const ushort Ns = 2;
    public const ushort Cname = 5;
    public const ushort Soa = 6;
    public const ushort Txt = 16;
    public const ushort Caa = 257;

    private readonly StubDns _dns;
    private readonly List<(string Name, ushort Type, byte[] Data)> _records = [];
    private readonly HashSet<string> _absent = [];

    public TableDns(string address = "127.0.0.1") => _dns = new StubDns((question, tcp) => Instead?.Invoke(question, tcp) ?? Answer(question, tcp), IPAddress.Parse(address));

    public IPEndPoint EndPoint => _dns.EndPoint;

    public List<(string Name, int Type)> Asked => _dns.Asked;

    /// <summary>A resolver's answers are nobody's own.</summary>
    public bool IsAuthoritative { get; set; } = true;

    /// <summary>By UDP it says only that it has more to say.</summary>
    public bool Truncates { get; set; }

    /// <summary>A resolver that was asked for a name which is not there keeps that for a while, whatever it is asked for next (RFC 2308 section 5).</summary>
    public bool KeepsAbsences { get; set; }

    /// <summary>What it answers in the place of the truth; null: the truth.</summary>
    public Func<byte[], bool, byte[]?>? Instead { get; set; }

    public TableDns Add(string name, ushort type, params byte[] data)
    {
        lock (_records) _records.Add((name, type, data));
        return this;
    }

    public TableDns AddText(string name, params string[] texts) => Add(name, Txt, StubDns.Text(name, texts).Data);

    public TableDns AddAlias(string name, string target) => Add(name, Cname, StubDns.Labels(target));

    public TableDns AddCaa(string name, byte flags, string tag, string value) => Add(name, Caa, [flags, (byte)tag.Length, .. Encoding.ASCII.GetBytes(tag + value)]);

    /// <summary>A zone with servers at these addresses.</summary>
    public TableDns AddZone(string zone, params string[] addresses)
    {
        Add(zone, Soa, [.. StubDns.Labels($"ns1.{zone}"), .. StubDns.Labels($"admin.{zone}"), .. new byte[20]]);
        for (var i = 0; i < addresses.Length; i++)
        {
            Add(zone, Ns, StubDns.Labels($"ns{i + 1}.{zone}"));
            Add($"ns{i + 1}.{zone}", A, IPAddress.Parse(addresses[i]).GetAddressBytes());
        }

        return this;
    }

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    /// <summary>A reply of a delegation: it knows nothing, and who does.</summary>
    public static byte[] Refer(byte[] question, string zone, string server)
    {
        var reply = StubDns.Reply(question, 0, false, (zone, Ns, StubDns.Labels(server)));
        (reply[7], reply[9]) = (0, 1);
        return reply;
    }

    private byte[] Answer(byte[] question, bool tcp)
    {
        var (labels, at) = (new List<string>(), 12);
        for (; question[at] != 0; at += question[at] + 1) labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        var (name, type) = (string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1)));
        if (Truncates && !tcp) return StubDns.Reply(question, 0, true);

        var answers = new List<(string Name, ushort Type, byte[] Data)>();
        lock (_records)
        {
            if (_absent.Contains(name)) return StubDns.Reply(question, 3, false);
            while (true)
            {
                var (asked, source) = (name, Exists(name) ? name : $"*.{ParentOf(name)}");
                answers.AddRange(_records.Where(record => record.Name == source && record.Type == type).Select(record => record with { Name = asked }));
                if (type == Cname || _records.Find(record => record.Name == source && record.Type == Cname) is not { Data: { } target } || answers.Exists(answer => (answer.Name, answer.Type) == (asked, Cname))) break;
                answers.Add((asked, Cname, target));
                name = Name(target);
            }

            var exists = answers.Count > 0 || Exists(name);
            if (!exists && KeepsAbsences) _absent.Add(name);
            var soa = _records.Where(record => record.Type == Soa && (record.Name == name || name.EndsWith($".{record.Name}", StringComparison.Ordinal))).OrderByDescending(record => record.Name.Length).Take(answers.Count > 0 ? 0 : 1).ToList();
            var reply = StubDns.Reply(question, exists ? 0 : soa.Count > 0 ? 3 : 5, false, [.. answers, .. soa]);
            (reply[7], reply[9]) = ((byte)answers.Count, (byte)soa.Count);
            if (IsAuthoritative) reply[2] |= 4;
            return reply;
        }
    }

    private bool Exists(string name) => _records.Exists(record => record.Name == name || record.Name.EndsWith($".{name}", StringComparison.Ordinal));

    /// <summary>The next name above that exists: if it has a <c>*</c>, that one answers (RFC 4592 section 3.3.1).</summary>
    private string ParentOf(string name)
    {
        do name = name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? name[(dot + 1)..] : "";
        while (name.Length > 0 && !Exists(name));
        return name;
    }

    private static string Name(byte[] labels)
    {
        var parts = new List<string>();
        for (var at = 0; labels[at] != 0; at += labels[at] + 1) parts.Add(Encoding.ASCII.GetString(labels, at + 1, labels[at]));
        return string.Join('.', parts);
    }
}
