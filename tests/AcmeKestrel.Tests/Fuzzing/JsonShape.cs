using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Writes JSON that has the member names of ACME: most members as they should be, some absent, twice, of another type or with a value that is only almost right.</summary>
internal static class JsonShape
{
    private static readonly Gen<string> Scalar = Gen.OneOf(
        "0", "-1", "400", "99999999999999999999", "-1e999", "1.5", "null", "true", "false", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\\u202e\\r\\n\"", "[]", "{}", "{\"\\ud800\":1}");

    private static readonly Gen<string> Anything = Gen.Recursive<string>((depth, self) => depth > 2
        ? Scalar
        : Gen.Frequency(
            (4, Scalar),
            (1, self.Array[0, 3].Select(items => $"[{string.Join(',', items)}]")),
            (1, Gen.Select(Gen.OneOf("status", "type", "value", "url", "token", "detail", "subproblems", "identifier"), self).Array[0, 3].Select(members =>
                $"{{{string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}"))}}}"))));

    /// <summary>An https URL nearly always: one that is none ends the reading.</summary>
    public static Gen<string> Url { get; } = Gen.Frequency(
        (20, Gen.OneOf("\"https://ca.example.test/x/1\"", "\"https://ca.example.test:443/a/b?c=d/e\"", "\"https://[2001:db8::1]/x\"", "\"HTTPS://CA.example.test/%41\"")),
        (1, Gen.OneOf("\"http://ca.example.test/\"", "\"/x/1\"", "\"\"", "\"https://user@ca.example.test/\"", "\"https://ca.example.test/\\r\\n\"", $"\"https://ca.example.test/{new string('x', 3000)}\"")));

    public static Gen<string> Text { get; } = Gen.Frequency(
        (60, Gen.OneOf("\"x\"", "\"urn:ietf:params:acme:error:malformed\"", "\"a\\u001b[31mb\\u2028\"", "\"b\\u00fccher \\ud83d\\ude00\"")),
        (1, Gen.Const($"\"{new string('y', 5000)}\"")),
        (10, Scalar));

    public static Gen<string> Time { get; } = Gen.OneOf(
        "\"2026-11-24T10:00:00Z\"", "\"2026-11-24T10:00:00.123456789Z\"", "\"2027-01-01T00:00:00+02:00\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59-14:00\"", "\"2026-02-30T00:00:00Z\"",
        "\"2026-11-24\"", "\"tomorrow\"", "\"2026-11-24T10:00:00.12345678901234567890Z\"", "\"\\ud800\"");

    public static Gen<string> Status { get; } = Gen.OneOf("\"pending\"", "\"ready\"", "\"processing\"", "\"valid\"", "\"invalid\"", "\"deactivated\"", "\"expired\"", "\"revoked\"", "\"VALID\"");

    public static Gen<string> Token { get; } = Gen.OneOf("\"DGyRejmCefe7v4NfDGDKfA-token_2\"", "\"short\"", "\"../../../../etc/passwd-and-more\"", "\"DGyRejmCefe7v4NfDGDKfA=\"", $"\"{new string('t', 600)}\"");

    public static Gen<string> Identifier { get; } = Object(
        ("type", Gen.OneOf("\"dns\"", "\"dns\"", "\"dns\"", "\"ip\"", "\"ip\"", "\"email\"")),
        ("value", Gen.OneOf(
            Gen.OneOf("shop.test", "*.shop.test", "192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7", "b\\u00fccher.test", "xn--bcher-kva.test", "xn--a.test", "*.192.0.2.7", "*.*.test", "*.", "a..test", "\\ud800.test"),
            Gen.Char["ab.*-:0129[]xn\u3002\uff11\u00fc\u0130\u200d\u00df%_ "].Array[0, 16].Select(text => new string(text))).Select(text => $"\"{text}\"")));

    public static Gen<string> Problem { get; } = Gen.Recursive<string>((depth, self) => Object(
        ("type", Text),
        ("detail", Text),
        ("title", Text),
        ("status", Scalar),
        ("instance", Text),
        ("algorithms", List(Text)),
        ("identifier", Identifier),
        ("subproblems", depth > 0 ? Scalar : List(self))));

    public static Gen<string> List(Gen<string> item) => Gen.Frequency((8, item), (1, Anything)).Array[0, 3].Select(items => $"[{string.Join(',', items)}]");

    public static Gen<string> Object(params (string Name, Gen<string> Right)[] members) =>
        members.Select(member => Member(member.Name, member.Right)).Aggregate((all, next) => Gen.Select(all, next, (before, one) => before + one)).Select(text => $"{{{text.TrimEnd(',')}}}");

    private static Gen<string> Member(string name, Gen<string> right) => Gen.Frequency(
        (20, right.Select(value => $"\"{name}\":{value},")),
        (1, Gen.Const("")),
        (1, Anything.Select(value => $"\"{name}\":{value},")),
        (1, Gen.Select(right, Anything, (first, second) => $"\"{name}\":{first},\"{name}\":{second},")));
}
