namespace AcmeKestrel.Tests.CommandLine;

/// <summary><c>issue</c> where others wish its names, or where what it wishes is refused.</summary>
public sealed class IssueVerbTests : CommandScene
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_that_another_certificate_has_is_no_part_of_this_one_and_it_is_done_all_the_same(bool withServer)
    {
        Settings["Acme:Certificates:site:Names:0"] = "shop.test";
        if (withServer) await ServeAsync();

        var said = await AcmeAsync("issue", "shop.test", "blog.test", "--json");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("\"blog.test\"", said.Text, StringComparison.Ordinal);
        Assert.StartsWith("shop.test: served until ", (await AcmeAsync("status", "shop.test")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Names_that_two_others_have_are_had_of_these(bool withServer)
    {
        (Settings["Acme:Certificates:site:Names:0"], Settings["Acme:Certificates:journal:Names:0"]) = ("shop.test", "blog.test");
        if (withServer) await ServeAsync();

        var said = await AcmeAsync("issue", "shop.test", "blog.test");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.StartsWith("site: served until ", said.Text, StringComparison.Ordinal);
        Assert.Equal(2, Orders);
    }

    /// <summary>One of several places has failed: that is what is to be told.</summary>
    [Fact]
    public async Task Of_two_others_the_one_that_failed_is_told()
    {
        (Settings["Acme:Certificates:site:Names:0"], Settings["Acme:Certificates:journal:Names:0"]) = ("shop.test", "blog.test");
        Refuse("blog.test", "connection refused");

        var said = await AcmeAsync("issue", "shop.test", "blog.test");

        Assert.Equal(1, said.Exit);
        Assert.StartsWith("journal: failed", said.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "*.shop.test", "is a wildcard, which only a DNS record can prove", "*.shop.test")]
    [InlineData(true, "*.shop.test", "is a wildcard, which only a DNS record can prove", "*.shop.test")]
    [InlineData(false, "shop.test", "'nobody' is no known provider", "shop.test", "--provider", "nobody")]
    [InlineData(true, "shop.test", "'nobody' is no known provider", "shop.test", "--provider", "nobody")]
    public async Task What_cannot_become_a_wish_says_why_and_is_waited_for_by_nobody(bool withServer, string label, string why, params string[] words)
    {
        if (withServer) await ServeAsync();

        var said = await AcmeAsync(["issue", .. words]);

        Assert.Equal(1, said.Exit);
        Assert.Contains(why, said.Text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(State, "requests")));
        Assert.Contains(why, (await AcmeAsync("explain", label)).Text, StringComparison.Ordinal);
        Assert.Contains(why, (await AcmeAsync("status", label)).Text, StringComparison.Ordinal);
        Assert.Contains(why, (await AcmeAsync("status", label, "--json")).Text.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>What is told of is what counts now, not what a file said that was mended by this very command.</summary>
    [Fact]
    public async Task A_wish_that_mends_a_refused_one_is_waited_for()
    {
        await ServeAsync();
        Assert.Equal(1, (await AcmeAsync("issue", "shop.test", "--provider", "nobody")).Exit);

        var said = await AcmeAsync("issue", "shop.test");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.StartsWith("shop.test: served until ", said.Text, StringComparison.Ordinal);
    }
}
