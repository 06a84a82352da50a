using AcmeKestrel.CommandLine;
using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Tests.CommandLine;

public sealed class AcmeInvocationTests
{
    [Fact]
    public void Without_the_word_acme_everything_is_the_hosts()
    {
        var invocation = AcmeInvocation.Parse(["--urls", "http://localhost:1"]);

        Assert.False(invocation.HasVerb);
        Assert.Equal(["--urls", "http://localhost:1"], invocation.HostArguments);
    }

    [Fact]
    public void What_comes_before_the_word_acme_is_the_hosts_and_the_rest_is_the_verb()
    {
        var invocation = AcmeInvocation.Parse(["--urls=http://localhost:1", "acme", "reconcile", "--help"]);

        Assert.Equal(["acme", "reconcile", "--help"], invocation.Words);
        Assert.Equal("--urls=http://localhost:1", invocation.HostArguments[^1]);
        Assert.All(invocation.HostArguments[..^1], setting => Assert.StartsWith("--Logging:", setting, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--application", "acme")]
    [InlineData("/application", "acme")]
    public void A_setting_of_the_host_may_have_the_value_acme(params string[] args) => Assert.False(AcmeInvocation.Parse(args).HasVerb);

    [Fact]
    public void The_words_of_a_verb_never_reach_the_hosts_configuration()
    {
        var invocation = AcmeInvocation.Parse(["--one", "1", "acme", "reconcile", "--two", "2"]);

        var configuration = new ConfigurationBuilder().AddCommandLine(invocation.HostArguments).Build();

        Assert.Equal(["Logging", "one"], configuration.GetChildren().Select(entry => entry.Key));
    }
}
