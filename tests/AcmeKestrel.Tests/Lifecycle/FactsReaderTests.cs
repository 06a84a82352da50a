using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using CsCheck;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The quick way to read what a record says of its certificate says what the slow one says.</summary>
public sealed class FactsReaderTests
{
    private const string Written = """
        {
          "names": ["shop.test", "www.shop.test"],
          "orderUrl": "https://ca.test/order/1",
          "certificateUrl": "https://ca.test/cert/1",
          "directoryUrl": "https://ca.test/dir",
          "accountUrl": "https://ca.test/account/1",
          "keyType": "P256",
          "profile": "classic",
          "challengeType": "http-01",
          "issuedAt": "2026-11-28T12:00:00+00:00",
          "notBefore": "2026-11-28T11:00:00+00:00",
          "notAfter": "2027-02-26T11:00:00+00:00",
          "wishedProfile": "short",
          "renewalId": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
          "earlier": ["20261001T000000Z-00000000"]
        }
        """;

    private static readonly string[] Snippets =
        ["", "null", "\"\"", "\"x\"", "5", "[]", "{}", "[null]", "[5]", "[\"\"]", "true", ",", "}", "{", "\"P384\"", "\"p256\"", "\"Rsa2048\"", "\"2027-02-26\"", "\"shop.test\"", "\\u0073", "\"more\": 1,", "\"profile\": null,", "N"];

    [Fact]
    public void What_is_written_here_is_read()
    {
        var facts = Assert.IsType<CertificateFacts>(Read(new FactsReader(), Written));

        Assert.Equal(("shop.test", "g1"), (facts.Label, facts.Generation));
        Assert.Equal(["shop.test", "www.shop.test"], facts.Names);
        Assert.Equal((AcmeKeyType.P256, KeyFamily.P256, "https://ca.test/dir"), (facts.KeyType, facts.KeyFamily, facts.Ca.DirectoryUrl));
        Assert.Equal(("classic", "short", "https://ca.test/account/1", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"), (facts.Profile, facts.WishedProfile, facts.AccountUrl, facts.RenewalId));
        Assert.Equal((new DateTimeOffset(2026, 11, 28, 11, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(90)), (facts.NotBefore, facts.Lifetime));
    }

    [Fact]
    public void Each_is_read_by_itself_whatever_came_before()
    {
        var reader = new FactsReader();
        var first = Read(reader, Written);
        var other = Read(reader, Written.Replace("ca.test", "other.test", StringComparison.Ordinal).Replace("\"classic\"", "null", StringComparison.Ordinal));

        Assert.Equal(("https://other.test/dir", null), (other!.Ca.DirectoryUrl, other.Profile));
        Assert.Equal(first, Read(reader, Written));
    }

    [Fact]
    public void Whatever_a_hand_changes_both_ways_say_the_same() => Gen.Select(Gen.Int[0, Written.Length], Gen.Int[0, 40], Gen.Int[0, Snippets.Length - 1], Gen.Bool)
        .Sample((at, length, which, isWholeValue) =>
        {
            var snippet = Snippets[which];
            var text = isWholeValue ? WithValue(at, snippet) : string.Concat(Written.AsSpan(0, at), snippet, Written.AsSpan(Math.Min(Written.Length, at + length)));

            Assert.Equal(FactsReader.TryReadAnyhow("shop.test", "g1", Encoding.UTF8.GetBytes(text)), Read(new FactsReader(), text));
        });

    private static CertificateFacts? Read(FactsReader reader, string text) => reader.TryRead("shop.test", "g1", Encoding.UTF8.GetBytes(text));

    /// <summary>Another value in some line.</summary>
    private static string WithValue(int seed, string value)
    {
        var lines = Written.Split('\n');
        var line = 1 + (seed % (lines.Length - 2));
        lines[line] = lines[line][..(lines[line].IndexOf(':', StringComparison.Ordinal) + 1)] + value + (line == lines.Length - 2 ? "" : ",");
        return string.Join('\n', lines);
    }
}
