using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.OnDemand;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Configuration;

public sealed class OnDemandSettingsTests
{
    [Fact]
    public void It_is_off_until_somebody_can_be_asked_and_on_from_then_on()
    {
        Assert.Null(TestConfiguration.Read().OnDemand);
        Assert.Equal(new OnDemandSettings(new Uri("http://127.0.0.1:5555/check")), TestConfiguration.Read(("Acme:OnDemand:Ask", "http://127.0.0.1:5555/check")).OnDemand);
        Assert.Null(TestConfiguration.Read(("Acme:OnDemand:Ask", "https://app.example.com/check"), ("Acme:OnDemand:Enabled", "false")).OnDemand);
        Assert.NotNull(ReadWithCode().OnDemand);
        Assert.Null(ReadWithCode(("Acme:OnDemand:Enabled", "false")).OnDemand);
    }

    [Fact]
    public void All_keys_are_read()
    {
        var settings = TestConfiguration.Read(("Acme:OnDemand:Ask", "https://app.example.com/check?token=abc"), ("Acme:OnDemand:Wait", "00:00:05"), ("Acme:OnDemand:Asks", "60/1m"), ("Acme:OnDemand:NewNames", "10/1h")).OnDemand!;

        Assert.Equal("https://app.example.com/check?token=abc", settings.Ask!.AbsoluteUri);
        Assert.Equal((TimeSpan.FromSeconds(5), 60, 10, TimeSpan.FromHours(1)), (settings.Wait, settings.Asks.Count, settings.NewNames.Count, settings.NewNames.Window));
    }

    /// <summary>An edge that orders whatever it is asked for is anybody's.</summary>
    [Fact]
    public void Without_anybody_who_decides_the_application_does_not_start() =>
        Assert.Contains("nobody says which names may have a certificate", Assert.Single(TestConfiguration.Problems(("Acme:OnDemand:Enabled", "true"))), StringComparison.Ordinal);

    [Fact]
    public void Two_that_decide_are_one_too_many() =>
        Assert.Contains("one of them decides", Assert.Single(Assert.Throws<AcmeConfigurationException>(() => ReadWithCode(("Acme:OnDemand:Ask", "https://app.example.com/check"))).Failures), StringComparison.Ordinal);

    [Theory]
    [InlineData("ftp://app.example.com/", "is no https URL.")]
    [InlineData("check", "is no https URL.")]
    [InlineData("https://app.example.com/check#name", "is no https URL.")]
    [InlineData("https://user:secret@app.example.com/", "has a user or a password in it, which would stand in logs.")]
    [InlineData("http://10.0.0.1/check", "is http, and only a loopback address may be: whoever is between could say yes.")]
    [InlineData("http://localhost.example.com/check", "is http, and only a loopback address may be: whoever is between could say yes.")]
    public void An_address_that_anybody_could_answer_for_is_refused(string ask, string problem) =>
        Assert.Equal($"Acme:OnDemand:Ask: {problem}", Assert.Single(TestConfiguration.Problems(("Acme:OnDemand:Ask", ask))));

    private static AcmeSettings ReadWithCode(params (string Key, string? Value)[] values)
    {
        using var configuration = new TestConfiguration(values, services => services.AddAcme().AddOnDemand((_, _) => ValueTask.FromResult(true)));
        return configuration.Monitor.Current;
    }
}
