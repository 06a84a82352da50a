namespace AcmeKestrel.Tests.Desired;

/// <summary>What comes of files in <c>desired/</c> and <c>want/</c> while somebody works on them.</summary>
public sealed class WishFilesTests : IDisposable
{
    private readonly WishFiles _files = new();

    [Fact]
    public async Task Every_file_wishes_and_one_that_goes_wishes_no_more()
    {
        _files.Write("desired/plain.test", "");
        _files.Write("desired/shop.toml", "domains = ['shop.test']");
        _files.Write("want/sites.toml", "[a.test]\n[b.test]\n");
        _files.Write("want/notes.txt", "to do");
        Assert.Equal("a.test; b.test; plain.test; shop: shop.test", await _files.ReadAsync());
        Assert.StartsWith("want/notes.txt: Only files whose names end in '.toml' are read here.", Assert.Single(_files.Problems), StringComparison.Ordinal);

        _files.Write("want/sites.toml", "[b.test]\n");
        Assert.Equal("b.test; plain.test; shop: shop.test", await _files.ReadAsync());

        _files.Delete("want/sites.toml");
        _files.Delete("desired/shop.toml");
        Assert.Equal("plain.test", await _files.ReadAsync());
    }

    [Fact]
    public async Task What_is_said_of_key_and_fallbacks_reaches_the_wish()
    {
        _files.Write("desired/shop.test.toml", "reuse_key = true\nfallback_providers = ['letsencrypt-staging']\ndomains = ['acmekestrel.dev']");
        _files.Write("want/sites.toml", "[www.acmekestrel.net]\nReuseKey = true\nFallbackProviders = []\ninclude_bare_domain = false\naccount = 'a@example.com'");
        _files.Reload(("Acme:FallbackProviders:0", "google"));
        await _files.ReadAsync();

        Assert.Empty(_files.Problems);
        var (desired, want) = (_files.Wishes["shop.test"], _files.Wishes["www.acmekestrel.net"]);
        Assert.Equal((true, "letsencrypt-staging"), (desired.ReuseKey, Assert.Single(desired.Fallbacks)));
        Assert.Equal((true, 0, 0, "a@example.com"), (want.ReuseKey, want.Fallbacks.Count, want.Optional.Count, want.Email));
    }

    [Fact]
    public async Task Options_come_before_want_and_want_before_desired()
    {
        _files.Write("desired/a.test", "");
        _files.Write("desired/b.test", "");
        _files.Write("want/sites.toml", "[a.test]\nprofile = 'want'\n[b.test]\nprofile = 'want'\n");
        _files.Reload(("Acme:Certificates:b.test:Profile", "options"));

        Assert.Equal("a.test; b.test", await _files.ReadAsync());
        Assert.Equal(("want", "options"), (_files.Wishes["a.test"].Profile, _files.Wishes["b.test"].Profile));
        Assert.Empty(_files.Problems);
    }

    [Fact]
    public async Task A_broken_section_leaves_what_it_said_last_and_the_others_go_on()
    {
        _files.Write("want/sites.toml", "[a.test]\ndomains = ['a.test', 'x.test']\n[b.test]\n[c.test]\n");
        await _files.ReadAsync();

        _files.Write("want/sites.toml", "[a.test]\ndomains = ['a.test', \n[c.test]\nprofile = 'new'\n[d.test]\n");
        Assert.Equal("a.test: a.test x.test; c.test; d.test", await _files.ReadAsync());
        Assert.StartsWith("want/sites.toml:2: is no TOML", Assert.Single(_files.Problems), StringComparison.Ordinal);
        Assert.Equal(["b.test", "c.test", "d.test"], _files.Changed);

        _files.Write("want/sites.toml", "[a.test]\ndomain = ['a.test']\n[c.test]\n[d.test]\n");
        Assert.Equal("a.test: a.test x.test; c.test; d.test", await _files.ReadAsync());
        Assert.StartsWith("want/sites.toml:2: 'domain' is no known key", Assert.Single(_files.Problems), StringComparison.Ordinal);

        _files.Write("want/sites.toml", "[a.test]\n[c.test]\n[d.test]\n");
        Assert.Equal("a.test; c.test; d.test", await _files.ReadAsync());
        Assert.Empty(_files.Problems);
    }

    [Theory]
    [InlineData("[a.test\n[b.test]\nprofile = 'x'\n")]
    [InlineData("[a_a.test.]\n[b.test]\nprofile = 'x'\n")]
    [InlineData("[b.test]\nprofile = '''x\n")]
    public async Task Where_a_name_cannot_be_read_nothing_is_taken_away(string broken)
    {
        _files.Write("want/sites.toml", "[a.test]\n[b.test]\n");
        await _files.ReadAsync();

        _files.Write("want/sites.toml", broken);

        Assert.Equal("a.test; b.test", await _files.ReadAsync());
        Assert.NotEmpty(_files.Problems);
        Assert.DoesNotContain("a.test", _files.Changed);
    }

    [Theory]
    [InlineData("desired/shop", "shop.test\nb_b.test", "desired/shop:2: 'b_b.test' has an underscore")]
    [InlineData("desired/shop", "shop.localhost", "desired/shop: 'shop.localhost' ")]
    [InlineData("desired/shop.toml", "domains = 'shop.test'\nkeytype = 'X'", "desired/shop.toml:2: 'X' is none of")]
    [InlineData("desired/shop.toml", "[shop]", "desired/shop.toml:1: A file in desired/ is one certificate")]
    public async Task A_broken_file_of_one_certificate_leaves_what_it_said_last_until_it_is_removed(string file, string broken, string problem)
    {
        _files.Reload(("Acme:Provider", "letsencrypt"));
        _files.Write(file, file.EndsWith(".toml", StringComparison.Ordinal) ? "domains = 'acmekestrel.dev'" : "acmekestrel.dev");
        await _files.ReadAsync();

        _files.Write(file, broken);
        Assert.Equal("shop: acmekestrel.dev", await _files.ReadAsync());
        Assert.StartsWith(problem, Assert.Single(_files.Problems), StringComparison.Ordinal);
        Assert.Empty(_files.Changed);

        // Nobody knows what it said before somebody read it.
        _files.Restart();
        _files.Reload(("Acme:Provider", "letsencrypt"));
        Assert.Equal("", await _files.ReadAsync());
        Assert.StartsWith(problem, Assert.Single(_files.Problems), StringComparison.Ordinal);

        _files.Delete(file);
        Assert.Equal("", await _files.ReadAsync());
        Assert.Empty(_files.Problems);
    }

    [Fact]
    public async Task What_the_settings_do_not_know_is_told_with_its_line_and_counts_when_they_do()
    {
        _files.Write("want/sites.toml", "[a.test]\n");
        await _files.ReadAsync();

        _files.Write("want/sites.toml", "[a.test]\n\nprovider = 'other'\ndomains = ['b.test']\n[x.test]\nfallback_providers = ['other']\n[y.test]\nchallenges = ['http']\n");
        Assert.Equal("a.test", await _files.ReadAsync());
        Assert.Equal(["want/sites.toml:3: 'other' is no known provider", "want/sites.toml:6: 'other' is no known provider", "want/sites.toml:8: 'http' is no known challenge type"], _files.Problems.Select(problem => problem.Split(';')[0]));

        _files.Reload(("Acme:Providers:other:Directory", "https://other.test/dir"));
        Assert.Equal("a.test: b.test; x.test", await _files.ReadAsync());
        Assert.Equal("other", _files.Wishes["a.test"].Provider);
    }

    [Fact]
    public async Task The_same_section_in_two_files_counts_in_the_first_and_both_places_are_told()
    {
        _files.Write("want/b.toml", "[x.test]\nprofile = 'b'\n");
        _files.Write("want/a.toml", "# first\n[x.test]\nprofile = 'a'\n");
        Assert.Equal("x.test", await _files.ReadAsync());
        Assert.Equal("a", _files.Wishes["x.test"].Profile);
        Assert.Equal("want/b.toml:1: 'x.test' is wished by want/a.toml:2 already and left out here.", Assert.Single(_files.Problems));

        // Where it stands is told as it is.
        _files.Write("want/a.toml", "# first\n[y.test]\n[x.test]\nprofile = 'a'\n");
        await _files.ReadAsync();
        Assert.Contains("want/a.toml:3 already", Assert.Single(_files.Problems));
        Assert.Equal(["y.test"], _files.Changed);

        _files.Delete("want/a.toml");
        await _files.ReadAsync();
        Assert.Equal("b", _files.Wishes["x.test"].Profile);
        Assert.Empty(_files.Problems);
    }

    [Fact]
    public async Task A_label_that_two_files_give_is_the_first_ones()
    {
        _files.Write("want/b.toml", "\n[shop]\ndomains = 'b.test'");
        _files.Write("want/a.toml", "[shop]\ndomains = 'a.test'");

        Assert.Equal("shop: a.test", await _files.ReadAsync());
        Assert.Equal("want/b.toml:2: The label 'shop' belongs to want/a.toml:1; nothing is ordered for b.test.", Assert.Single(_files.Problems));
    }

    [Fact]
    public async Task An_edit_asks_for_what_it_changes_and_a_touch_for_all_of_the_file()
    {
        const string Text = "[a.test]\n[b.test]\n[c.test]\n";
        _files.Write("want/sites.toml", Text);
        await _files.ReadAsync();
        Assert.All(_files.Wishes.Values, wish => Assert.Null(wish.AskedAt));

        _files.Write("want/sites.toml", "# more lines\n\n[a.test]\n[b.test]\nprofile = 'x'\n[c.test]\n[d.test]\n");
        await _files.ReadAsync();
        Assert.Equal(["b.test", "d.test"], _files.Changed);
        Assert.Equal(["b.test", "d.test"], _files.Wishes.Values.Where(wish => wish.AskedAt is not null).Select(wish => wish.Label));

        _files.Write("want/sites.toml", "# more lines\n\n[a.test]\n[b.test]\nprofile = 'x'\n[c.test]\n[d.test]\n");
        await _files.ReadAsync();
        Assert.Equal(["a.test", "b.test", "c.test", "d.test"], _files.Changed);
        Assert.Single(_files.Wishes.Values.Select(wish => wish.AskedAt).Distinct());
    }

    public void Dispose() => _files.Dispose();
}
