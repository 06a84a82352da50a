using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Customers;

/// <summary>A certificate for each customer's domain. Whoever changes the table of customers says so here.</summary>
internal sealed class CustomerDomains : IIncrementalDesiredCertificateSource
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string? Domain, long Change)> _customers = [];
    private long _changes;
    private ConfigurationReloadToken _told = new();

    public AcmeWishSource Source { get; } = new("Customers", 3500);

    /// <param name="domain">Null: the customer has left.</param>
    public void Set(string customer, string? domain)
    {
        lock (_gate) _customers[customer] = (domain, ++_changes);
        Interlocked.Exchange(ref _told, new ConfigurationReloadToken()).OnReload();
    }

    public IChangeToken GetChangeToken() => Volatile.Read(ref _told);

    public async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        var all = await ListChangesAsync(since: null, cancellationToken);
        return new DesiredCertificates([.. all.Entries.Values.SelectMany(entry => entry.Certificates)]);
    }

    public ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
    {
        var known = since is null ? 0 : long.Parse(since, CultureInfo.InvariantCulture);
        lock (_gate)
        {
            var changed = _customers.Where(customer => customer.Value.Change > known).ToDictionary(customer => customer.Key, customer => WishOf(customer.Key, customer.Value.Domain));
            return ValueTask.FromResult(new DesiredChanges(changed, _changes.ToString(CultureInfo.InvariantCulture)) { IsWhole = since is null });
        }
    }

    private static DesiredCertificates WishOf(string customer, string? domain) =>
        domain is null ? DesiredCertificates.Empty : new DesiredCertificates([new DesiredCertificate([domain], $"the customer {customer}")]);
}
