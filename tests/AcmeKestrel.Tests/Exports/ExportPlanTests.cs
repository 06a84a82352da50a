using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using CsCheck;

namespace AcmeKestrel.Tests.Exports;

/// <summary>Which files there are to be, whatever a label says.</summary>
public sealed class ExportPlanTests
{
    private static readonly Gen<string> Labels = Gen.OneOf(
        Gen.String[Gen.Char["ab._-*:/\\%~ \0\n{}ä"], 0, 12],
        Gen.String[Gen.Char["ab.-"], 150, 300],
        OneOf("../../etc/passwd", ".", "/", "{name}", "{name_}", "a.test", "a_test", "*.a.test", "2001:db8::1", "con", "con.test", "a\0.test"));

    private static readonly Gen<string> Templates = OneOf("/base/{name}.pem", "/base/{name_}", "/base/x-{name}", "/base/{name}/cert", "/base/{name_}/{name}.key", "/base/{name}");

    [Fact]
    public void No_label_leaves_the_folder_that_the_path_says() => Gen.Select(Labels, Templates).Sample((label, template) =>
    {
        var path = Assert.Single(ExportPlan.Of([Setting(template)], label)).Path;

        Assert.Equal(path, Path.GetFullPath(path));
        Assert.Equal(template.Count(part => part == '/'), path.Count(part => part == '/'));
        Assert.StartsWith("/base/", path, StringComparison.Ordinal);
        Assert.All(path.Split('/').Skip(1), part => Assert.False(part is "" or "." or ".." || part.Any(char.IsControl)));
    });

    [Fact]
    public void Two_labels_never_come_to_one_file_by_their_whole_names() => Gen.Select(Labels, Labels).Where((one, other) => one != other).Sample((one, other) =>
        Assert.NotEqual(ExportPlan.Of([Setting("/base/{name}.pem")], one)[0].Path, ExportPlan.Of([Setting("/base/{name}.pem")], other)[0].Path));

    [Fact]
    public void Two_labels_never_both_get_one_file() => Gen.Select(Labels.List[2, 6], Templates.List[1, 3]).Sample((labels, templates) =>
    {
        var exports = templates.Select((template, place) => Setting(template, place)).ToList();
        var claims = new ExportClaims();
        claims.Know(exports, () => labels.Distinct());

        var given = labels.Distinct().SelectMany(label => ExportPlan.Of(exports, label).Where(file => claims.FaultOf(label, file) is null).Select(file => file.Path)).ToList();

        Assert.Equal(given.Distinct(), given);
    });

    [Fact]
    public void An_entry_for_one_certificate_is_for_no_other() =>
        Assert.Equal(["/base/a.test", "/base/x"], ExportPlan.Of([Setting("/base/{name}"), Setting("/base/x", 1, "a.test"), Setting("/base/y", 2, "b.test")], "a.test").Select(file => file.Path));

    [Theory]
    [InlineData("www.shop.test", "/base/www_shop_test.pem")]
    [InlineData("*.shop.test", "/base/__shop_test.pem")]
    [InlineData("2001:db8::1", "/base/2001-db8--1.pem")]
    public void Dots_become_underscores_where_it_is_said(string label, string path) => Assert.Equal(path, ExportPlan.Of([Setting("/base/{name_}.pem")], label)[0].Path);

    [Fact]
    public void Who_wants_a_file_that_another_one_wants_is_told_and_gets_it_when_the_other_one_is_gone()
    {
        var exports = new[] { Setting("/base/{name_}.pem") };
        var claims = new ExportClaims();
        claims.Know(exports, () => ["a.test"]);
        var first = ExportPlan.Of(exports, "a.test")[0];
        Assert.Null(claims.FaultOf("a.test", first));

        Assert.Equal(["a.test"], claims.Take("a_test", ExportPlan.Of(exports, "a_test")));
        Assert.Empty(claims.Take("a_test", ExportPlan.Of(exports, "a_test")));

        Assert.Contains("Acme:Exports:0 brings a_test to the same file", claims.FaultOf("a.test", first), StringComparison.Ordinal);
        Assert.Equal(["a_test"], claims.Release("a.test"));
        Assert.Null(claims.FaultOf("a_test", ExportPlan.Of(exports, "a_test")[0]));
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static ExportSetting Setting(string path, int place = 0, string? certificate = null) => new($"Acme:Exports:{place}", certificate, ExportContent.Cert, path, ExportScene.Public);
}
