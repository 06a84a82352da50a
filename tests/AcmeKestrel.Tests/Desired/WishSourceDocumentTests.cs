using AcmeKestrel.Desired;
using AcmeKestrel.Tests.Configuration;
using Customers;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Desired;

/// <summary>The source in docs/configuration.md is code that runs, word for word.</summary>
public sealed class WishSourceDocumentTests
{
    private static readonly (string, string?)[] Provider = [("Acme:Provider", "mine"), ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:StateDirectory", "/nowhere/acme-test")];

    [Fact]
    public void The_page_shows_the_file()
    {
        var file = File.ReadAllText(Path.Combine(Repository.Root, "tests", "AcmeKestrel.Tests", "Desired", "SourceOfYourOwn", "CustomerDomains.cs"));

        Assert.Contains($"`CustomerDomains.cs`:\n```csharp\n{file}```\n", new ConfigurationPage().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_customer_who_leaves_is_one_change()
    {
        using var configuration = new TestConfiguration(Provider, services =>
        {
            services.AddSingleton<CustomerDomains>();
            services.AddSingleton<IDesiredCertificateSource>(provider => provider.GetRequiredService<CustomerDomains>());
            services.AddAcme();
        });
        var (customers, feed) = (configuration.Services.GetRequiredService<CustomerDomains>(), configuration.Services.GetRequiredService<IWishFeed>());
        customers.Set("1", "a.test");
        customers.Set("2", "b.test");
        Assert.Equal(["a.test", "b.test"], await ChangedAsync());

        var token = feed.GetChangeToken();
        customers.Set("2", domain: null);

        Assert.True(token.HasChanged);
        Assert.Equal(["b.test gone"], await ChangedAsync());
        Assert.Equal(["a.test"], (await customers.ListAsync(TestContext.Current.CancellationToken)).Certificates.SelectMany(certificate => certificate.Names));

        async Task<IEnumerable<string>> ChangedAsync() =>
            (await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken)).Labels.Select(change => change.After is null ? $"{change.Label} gone" : change.Label).Order();
    }
}
