using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

public sealed class DnsAccountLabelTests
{
    private const string Account = "https://example.com/acme/acct/ExampleAccount";

    [Fact]
    public void The_name_of_the_draft_comes_out() =>
        Assert.Equal("_ujmmovf2vn55tgye._acme-challenge.example.org", DnsAccountLabel.RecordName(Account, "example.org"));

    [Fact]
    public void Every_account_has_a_label_of_its_own()
    {
        var names = Enumerable.Range(0, 1000).Select(number => DnsAccountLabel.RecordName(Account + number, "example.org")).ToHashSet();

        Assert.Equal(1000, names.Count);
        Assert.All(names, name => Assert.Matches("^_[a-z2-7]{16}\\._acme-challenge\\.example\\.org$", name));
    }
}
