using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

public sealed class DnsPersistAccountUriTests
{
    private const string Thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    private const string Account = "https://ca.example/acct/123";

    [Theory]
    [InlineData("example.com", "5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw")]
    [InlineData("*", "NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug")]
    public void The_URI_of_the_draft_comes_out(string domain, string expected) =>
        Assert.Equal("https://ca.example/acct-hash/sha-256/" + expected, DnsPersistAccountUri.Of("https://ca.example/acct-hash/", domain, Thumbprint, Account));

    [Fact]
    public void What_would_be_hashed_ambiguously_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DnsPersistAccountUri.Of("", new string('a', 256), Thumbprint, Account));
        Assert.Throws<ArgumentOutOfRangeException>(() => DnsPersistAccountUri.Of("", "a.test", Thumbprint[1..], Account));
    }
}
