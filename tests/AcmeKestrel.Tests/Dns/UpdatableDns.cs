using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Dns.Wire;
using AcmeKestrel.Tests.LocalCa;

namespace AcmeKestrel.Tests.Dns;

/// <summary>A server that takes signed updates of one zone. What it signs with is calculated here, by the text of RFC 8945.</summary>
internal sealed class UpdatableDns : IAsyncDisposable
{
    private readonly StubDns _dns;
    private readonly string _zone;

    public UpdatableDns(string zone, TsigKey key)
    {
        (_zone, Key) = (zone, key);
        _dns = new StubDns((question, tcp) =>
        {
            if (IsSilent) return null;
            if (!tcp) Datagrams++;
            return Truncates && !tcp ? StubDns.Reply(question, 0, true) : Instead?.Invoke(question) ?? Answer(question);
        });
    }

    public IPEndPoint EndPoint => _dns.EndPoint;

    public TsigKey Key { get; set; }

    public List<string> Values { get; } = [];

    /// <summary>Name, class and value of each change that came.</summary>
    public List<(string Name, ushort Class, string Value)> Changes { get; } = [];

    public int Code { get; set; }

    public int TsigError { get; set; }

    public bool SignsNothing { get; set; }

    public bool IsSilent { get; set; }

    public bool Truncates { get; set; }

    public int Datagrams { get; private set; }

    public TimeSpan ClockIsOff { get; set; }

    public Func<byte[], byte[]?>? Instead { get; set; }

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    public byte[] Answer(byte[] question)
    {
        var message = DnsMessage.Read(question);
        if (TsigError is DnsCodes.BadKey or DnsCodes.BadSignature) return Sign(Header(question, DnsCodes.NotAuthoritative), question, message);
        if (question[2] >> 3 != 5) return Sign([.. Soa(question)], question, message);

        var change = Assert.Single(message.Authorities);
        var value = WireTests.TextOf(change);
        Changes.Add((change.Name, change.Class, value));
        if (Code == 0 && change.Class == DnsCodes.In) Values.Add(value);
        if (Code == 0 && change.Class == DnsCodes.None) Values.Remove(value);
        return Sign(Header(question, TsigError != 0 ? DnsCodes.NotAuthoritative : Code), question, message);
    }

    private static byte[] Header(byte[] question, int code) => [question[0], question[1], (byte)(question[2] | 0x84), (byte)code, 0, 0, 0, 0, 0, 0, 0, 0];

    private List<byte> Soa(byte[] question)
    {
        List<byte> reply = [.. Header(question, 3)];
        reply[9] = 1;
        reply.AddRange(StubDns.Labels(_zone));
        reply.AddRange([0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0, .. new byte[20]]);
        return reply;
    }

    private byte[] Sign(byte[] reply, byte[] question, DnsMessage message)
    {
        if (SignsNothing) return reply;

        var asked = message.Additionals[^1].Data.Span;
        var at = Encoding.ASCII.GetByteCount(Key.Algorithm) + 2;
        var requestMac = asked.Slice(at + 10, BinaryPrimitives.ReadUInt16BigEndian(asked[(at + 8)..])).ToArray();
        var now = DateTimeOffset.UtcNow.Add(ClockIsOff).ToUnixTimeSeconds();
        byte[] time = [(byte)(now >> 40), (byte)(now >> 32), (byte)(now >> 24), (byte)(now >> 16), (byte)(now >> 8), (byte)now];
        byte[] other = TsigError == DnsCodes.BadTime ? time : [];
        byte[] algorithm = StubDns.Labels(Key.Algorithm), name = StubDns.Labels(Key.Name), error = [0, (byte)TsigError];
        byte[] variables = [.. name, 0, 255, 0, 0, 0, 0, .. algorithm, .. time, 1, 44, .. error, 0, (byte)other.Length, .. other];
        byte[] digested = [(byte)(requestMac.Length >> 8), (byte)requestMac.Length, .. requestMac, .. reply, .. variables];
        byte[] mac = TsigError is DnsCodes.BadKey or DnsCodes.BadSignature ? [] : Key.Algorithm switch
        {
            "hmac-sha256" => HMACSHA256.HashData(Key.Secret, digested),
            "hmac-sha384" => HMACSHA384.HashData(Key.Secret, digested),
            _ => HMACSHA512.HashData(Key.Secret, digested),
        };
        byte[] data = [.. algorithm, .. time, 1, 44, 0, (byte)mac.Length, .. mac, question[0], question[1], .. error, 0, (byte)other.Length, .. other];
        byte[] signed = [.. reply, .. name, 0, 250, 0, 255, 0, 0, 0, 0, 0, (byte)data.Length, .. data];
        signed[11]++;
        return signed;
    }
}
