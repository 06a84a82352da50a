using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for files that wish certificates: whatever is in one, it is read or told, in memory that goes with its size, and no word of it harms a log.</summary>
public sealed class TomlFuzzTests
{
    /// <summary>A tree has a node, a token and a span for each bracket and comma, and a broken file is read as a whole and by sections.</summary>
    private const int BytesPerByte = 1024;
    private const int Constant = 512 * 1024;

    /// <summary>What an operator writes is less hostile than what a stranger sends, and a tree takes its time.</summary>
    private static readonly int Cases = Math.Max(10_000, FuzzCases.Count / 10);

    private static readonly Gen<string> Name = Gen.OneOf("a.test", "www.a.test", "\"*.a.test\"", "b . \"c.test\"", "'2001:db8::1'", "192.0.2.1", "shop", "A.TEST", "\"b\u00fccher.test\"", "\"\"", "a..b", "*", "\"a\\u0000b\"", "\"../../etc\"");

    private static readonly Gen<string> Value = Gen.OneOf(
        "\"a.test\"", "'mine'", "true", "false", "[]", "['a.test', \"b.test\",]", "[\n'a.test',\n# no\n]", "5", "1e999", "2026-11-28", "{ a = 1 }", "[[1]]", "\"\\u0007\"", "\"\u202e\"", "\"\"\"\n[x.test]\n\"\"\"", "\"", "[", "", "x");

    private static readonly Gen<string> Key = Gen.OneOf("provider", "account", "domains", "KeyType", "key_type", "reuse_key", "challenges", "fallback_providers", "hook", "mode", "a.b", "\"\\n\"", "x", "", "=");

    private static readonly Gen<string> Line = Gen.Frequency(
        (3, Gen.Select(Name, Gen.OneOf("[{0}]", "[{0}]", "[{0}] # x", "[[{0}]]", " [ {0}", "{0}]"), (name, form) => form.Replace("{0}", name, StringComparison.Ordinal))),
        (6, Gen.Select(Key, Value, (key, value) => $"{key} = {value}")),
        (1, Gen.OneOf("", "# only words", "\r", "\0", "'''", "\ufeff")));

    private static readonly Gen<byte[]> Shaped = Line.Array[0, 12].Select(lines => Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    private static readonly Gen<byte[]> Bytes = Gen.Frequency(
        (6, Shaped),
        (4, Mutation.Of(Shaped)),
        (1, Mutation.Of(Encoding.UTF8.GetBytes("[a.test]\nx = " + new string('[', 200)), Encoding.UTF8.GetBytes("x = " + string.Concat(Enumerable.Repeat("{a=", 200))), Encoding.UTF8.GetBytes("[" + string.Concat(Enumerable.Repeat("a.", 500)) + "a]"))),
        (1, Gen.Byte.Array[0, 80]));

    [Fact]
    public void Any_file_of_sections_is_read_or_told() => Check(new WantFile(), "sites.toml");

    [Fact]
    public void Any_file_of_one_certificate_is_read_or_told() => Check(new DesiredFile(), "shop.toml");

    [Fact]
    public void Any_file_of_names_is_read_or_told() => Check(new DesiredFile(), "shop");

    [Fact]
    public void Any_file_name_is_one_or_told() => Gen.OneOf(Gen.String, Name, Gen.String.Select(name => name + ".toml")).Sample(
        name =>
        {
            AssertUsable(new DesiredFile().Parse(name, [], null));
            AssertUsable(new WantFile().Parse(name, "[a.test]"u8, null));
        },
        iter: Cases,
        threads: 1);

    /// <summary>What a program writes that quotes all of it is read as it was meant.</summary>
    [Fact]
    public void Sections_written_by_the_book_are_read_back() => Gen.Select(
        Gen.Char["abc-09"].Array[1, 6].Select(label => $"x{new string(label)}x.test"), Gen.Bool, Gen.Bool, Gen.OneOf("P256", "Rsa4096"), Gen.Int[0, 3]).Array[0, 6].Sample(
        certificates =>
        {
            var distinct = certificates.DistinctBy(certificate => certificate.Item1).ToList();
            var text = string.Concat(distinct.Select(certificate => $"""
                {(certificate.Item2 ? $"[\"{certificate.Item1}\"]" : $"[ {certificate.Item1} ]")}
                domains = [{string.Concat(Enumerable.Range(0, certificate.Item5 + 1).Select(index => $"\n  '{index}.{certificate.Item1}', # {index}"))}
                ]
                reuse_key = {(certificate.Item3 ? "true" : "false")}
                key_type = "{certificate.Item4}"

                """));
            var said = new WantFile().Parse("sites.toml", Encoding.UTF8.GetBytes(text), null);

            Assert.Empty(said.Problems);
            Assert.Equal(
                distinct.Select(certificate => (certificate.Item1, certificate.Item5 + 1, (bool?)certificate.Item3, (AcmeKeyType?)Enum.Parse<AcmeKeyType>(certificate.Item4))),
                said.Certificates.Select(wished => (wished.Label!, wished.Names.Count, wished.ReuseKey, wished.KeyType)));
        },
        iter: Cases / 10,
        threads: 1);

    private static void Check(IWishFileFormat format, string fileName)
    {
        var isRead = false;
        Bytes.Sample(
            bytes =>
            {
                var said = Allocation.Within(BytesPerByte, Constant, bytes.Length, () => format.Parse(fileName, bytes, null));
                AssertUsable(said);
                isRead |= said.Certificates.Count > 0;
            },
            iter: Cases,
            threads: 1,
            print: Encoding.Latin1.GetString);
        Assert.True(isRead);
    }

    private static void AssertUsable(DesiredCertificates said)
    {
        foreach (var problem in said.Problems)
        {
            AssertPlain(problem.Origin);
            AssertPlain(problem.Message);
            Assert.InRange(problem.Message.Length, 1, 2000);
        }

        Assert.InRange(said.Problems.Count, 0, 21);
        Assert.True(said.Problems.Count > 0 || said.Certificates.Count > 0 || said.Former is { AreAllMeant: false, Labels.Count: 0 });
        Assert.Equal(said.Certificates.Count, said.Certificates.Select(certificate => certificate.Label).Distinct().Count());
        foreach (var certificate in said.Certificates)
        {
            AssertPlain(certificate.Origin);
            Assert.True(CertificateLabel.TryParse(certificate.Label!, out var label, out _) && label == certificate.Label, certificate.Label);
            Assert.NotEmpty(certificate.Names);
            Assert.All(certificate.Names, name => Assert.Equal(name, AcmeIdentifier.Parse(name).Value));
        }
    }

    private static void AssertPlain(string text) => Assert.False(text.Any(c => char.IsControl(c) || c is '\u2028' or '\u202E'), text);
}
