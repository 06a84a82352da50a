using System.Globalization;
using System.Text;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for the headers whose text a CA chooses: <c>Link</c> (RFC 8288) and <c>Retry-After</c> (RFC 9110 section 10.2.3).</summary>
public sealed class HeaderFuzzTests
{
    private const int BytesPerCharacter = 32;
    private const int Constant = 16 * 1024;

    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-23T10:00:00Z", CultureInfo.InvariantCulture);

    private static readonly Gen<string> Blanks = Gen.OneOf("", "", " ", "\t ", "  ");

    private static readonly Gen<Link> Links = Gen.Select(
        Gen.Char["abc,;=/:\"?<%"].Array[0, 12],
        Gen.OneOf("next", "alternate", "ALTERNATE", "up alternate", "up\talternate next", "terms-of-service", "alternates"),
        Gen.Bool,
        Gen.Char["abc,;<>=\\\" /"].Array[0, 8],
        Gen.Int[0, 5],
        Blanks,
        Blanks,
        (target, relations, isQuoted, title, extras, before, after) => new Link("https://ca.test/" + new string(target), relations, isQuoted, new string(title), extras, before, after));

    [Fact]
    public void Links_written_by_the_book_are_read_back() => Links.Array[0, 4].Array[0, 2].Sample(
        fields =>
        {
            var expected = fields.SelectMany(links => links).Where(link => link.Has("alternate")).Select(link => link.Target);
            Assert.Equal(expected, LinkHeader.Targets(fields.Select(Write), "alternate"));
        },
        iter: FuzzCases.Count,
        threads: 1);

    [Fact]
    public void Any_link_field_is_read_as_far_as_it_goes() => Gen.OneOf(
        Mutation.Of(Links.Array[1, 4].Select(links => Encoding.Latin1.GetBytes(Write(links)))).Select(Encoding.Latin1.GetString),
        Gen.Char["<>;,=\"\\ \trelnxt\u00e4\ud800"].Array[0, 60].Select(text => new string(text))).Sample(
        field =>
        {
            var targets = Allocation.Within(BytesPerCharacter, Constant, field.Length, () => LinkHeader.Targets([field, field], "next"));
            foreach (var target in targets) Assert.True(target.Length == 0 || field.Contains(target, StringComparison.Ordinal), target);
            Assert.InRange(targets.Count, 0, 2 * field.Count(c => c == '>'));
        },
        iter: FuzzCases.Count,
        threads: 1);

    [Fact]
    public void Every_delay_survives_in_all_forms_it_may_be_written_in() => Gen.Int[-300_000_000, 300_000_000].Select(Blanks, Blanks).Sample(
        (seconds, before, after) =>
        {
            var date = Now.AddSeconds(seconds);
            var expected = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 604_800));
            string[] forms =
            [
                Math.Max(seconds, 0).ToString(CultureInfo.InvariantCulture),
                date.ToString("r", CultureInfo.InvariantCulture),
                date.ToString("dddd, dd-MMM-yy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture),
                date.ToString("ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture),
            ];
            foreach (var form in forms) Assert.Equal(expected, RetryAfterHeader.Parse(before + form + after, Now));
        },
        iter: FuzzCases.Count,
        threads: 1);

    [Fact]
    public void Any_delay_is_within_a_week_or_none() => Gen.OneOf(
        Mutation.Of("Mon, 23 Nov 2026 10:01:00 GMT"u8.ToArray(), "Monday, 23-Nov-26 10:01:00 GMT"u8.ToArray(), "Mon Nov 23 10:01:00 2026"u8.ToArray(), "604800"u8.ToArray(), "Fri, 31 Dec 9999 23:59:59 GMT"u8.ToArray())
            .Select(Encoding.Latin1.GetString),
        Gen.String,
        Gen.Char["0123456789-+.,eE: \u0661\uff11"].Array[0, 40].Select(text => new string(text)),
        Gen.DateTime.Select(time => time.ToString("r", CultureInfo.InvariantCulture))).Sample(
        text => Allocation.Within(BytesPerCharacter, Constant, text.Length, () => RetryAfterHeader.Parse(text, Now)) is null or { Ticks: >= 0, TotalDays: <= 7 },
        iter: FuzzCases.Count,
        threads: 1);

    private static string Write(IEnumerable<Link> links) => string.Join(" , ", links.Select(Write));

    private static string Write(Link link)
    {
        var (equals, separator) = ($"{link.Before}={link.After}", $"{link.After};{link.Before}");
        var relations = link.IsQuoted || link.Relations.AsSpan().ContainsAny(' ', '\t') ? Quote(link.Relations) : link.Relations;
        var text = $"<{link.Before}{link.Target}{link.After}>";
        if ((link.Extras & 1) != 0) text += $"{separator}title{equals}{Quote(link.Title)}";
        if (link.Extras == 2) text += $"{separator}{separator}crossorigin";
        text += $"{separator}{(link.Extras == 3 ? "REL" : "rel")}{equals}{relations}";

        // RFC 8288 section 3.3: only the first one counts.
        return link.Extras >= 4 ? text + $"{separator}rel=alternate" : text;
    }

    private static string Quote(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private sealed record Link(string Target, string Relations, bool IsQuoted, string Title, int Extras, string Before, string After)
    {
        public bool Has(string relation) => Relations.Split(' ', '\t').Contains(relation, StringComparer.OrdinalIgnoreCase);
    }
}
