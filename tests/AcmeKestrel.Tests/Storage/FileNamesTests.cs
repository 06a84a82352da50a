using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using CsCheck;

namespace AcmeKestrel.Tests.Storage;

public sealed class FileNamesTests
{
    /// <summary>Names that are near each other on purpose: escapes, stand-ins, devices, case.</summary>
    private static readonly Gen<string> Names = Gen.OneOf(
        Gen.String[Gen.Char["*_.:-%~@+aAfF25/\\ 1cönul"], 0, 12],
        Gen.String[Gen.Char["a.:1-"], 150, 600],
        Gen.String[Gen.Char["gza.-1_+"], 5, 14],
        Gen.Select(Gen.String[Gen.Char["tTzZ"], 2, 2], Gen.String[Gen.Char["*._a"], 0, 3]).Select((stamp, label) => $"{label}@20260101{stamp[0]}000000{stamp[1]}-00"),
        Gen.Select(Gen.String[Gen.Char["gza.-1_+"], 3, 12], Gen.String[Gen.Char["TtZz0-"], 1, 1], Gen.String[Gen.Char["a1.-+Z"], 0, 4]).Select((host, letter, end) => $"{host}@20260101{letter}000000Z-{end}"),
        Gen.String.Where(text => !text.Any(char.IsSurrogate)));

    [Theory]
    [InlineData("shop.example.com", "shop.example.com")]
    [InlineData("*.example.com", "_.example.com")]
    [InlineData("*.example.com+rsa@20260101T000000Z-0a1b2c3d", "_.example.com+rsa@20260101T000000Z-0a1b2c3d")]
    [InlineData("shop.test@20260101t000000z-0a1b2c3d", "%73hop.test@20260101t000000z-0a1b2c3d")]
    [InlineData("2001:db8::1", "2001-db8--1")]
    [InlineData("2001-db8--1", "%32001-db8--1")]
    [InlineData("_acme-challenge.example.com", "_acme-challenge.example.com")]
    [InlineData("_.example.com", "%5F.example.com")]
    [InlineData("ops@example.test", "ops@example.test")]
    [InlineData("con.example.com", "%63on.example.com")]
    [InlineData("..", "%2E%2E")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("Ä", "%C3%84")]
    public void A_name_has_its_file_name(string name, string expected)
    {
        var mapped = FileNames.Map(name);

        Assert.Equal(expected, mapped);
        Assert.Equal(name, FileNames.Unmap(mapped));
    }

    [Fact]
    public void A_file_name_is_one_plain_component_and_short() => Names.Sample(name =>
    {
        var mapped = FileNames.Map(name);

        Assert.InRange(mapped.Length, 1, 200);
        Assert.All(mapped, c => Assert.True(char.IsAsciiLetterOrDigit(c) || "._-@+%~".Contains(c, StringComparison.Ordinal)));
        Assert.False(mapped.StartsWith('.') || mapped.EndsWith('.'));
        Assert.Equal("/x/" + mapped, Path.GetFullPath("/x/" + mapped));
    });

    [Fact]
    public void A_file_name_gives_the_name_back_unless_it_was_cut() => Names.Sample(name =>
    {
        var mapped = FileNames.Map(name);
        Assert.Equal(FileNames.IsCut(mapped) ? null : name, FileNames.Unmap(mapped));
    });

    [Fact]
    public void Whatever_is_given_back_has_that_file_name() => Names.Sample(fileName =>
    {
        if (FileNames.Unmap(fileName) is { } name) Assert.Equal(fileName, FileNames.Map(name));
    });

    [Fact]
    public void Two_names_never_share_a_file_even_where_case_is_ignored() => Gen.Select(Names, Names).Sample((one, other) =>
        Assert.Equal(one == other, string.Equals(FileNames.Map(one), FileNames.Map(other), StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Only_file_names_that_the_map_gives_are_names_of_records() => Gen.String[Gen.Char["*_.:-%~@+aAfF25 1"], 0, 12].Sample(text =>
        Assert.True(FileNames.Unmap(text) is not { } name || FileNames.Map(name) == text));
}
