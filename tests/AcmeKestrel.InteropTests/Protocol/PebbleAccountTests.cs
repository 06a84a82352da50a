using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>An account's life, and the list of its orders.</summary>
public sealed class PebbleAccountTests(SharedPebbles pebbles)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task Contacts_are_replaced_and_seen_by_the_next_look(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, new AcmeRegistration { TermsOfServiceAgreed = true, Contact = ["mailto:first@example.test"] }, Ct);

        var before = await account.GetAsync(Ct);
        var updated = await account.UpdateContactAsync(["mailto:ops@example.test", "mailto:dev@example.test"], Ct);
        var after = await account.GetAsync(Ct);

        Assert.Equal(AcmeStatus.Valid, before.Status);
        Assert.Equal(["mailto:first@example.test"], before.Contact);
        Assert.Equal(["mailto:ops@example.test", "mailto:dev@example.test"], updated.Contact);
        Assert.Equal(updated.Contact, after.Contact);
        Assert.Equal(before.Orders, after.Orders);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_contact_that_is_no_mail_address_is_refused_and_changes_nothing(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, new AcmeRegistration { TermsOfServiceAgreed = true, Contact = ["mailto:first@example.test"] }, Ct);

        var refused = await Assert.ThrowsAsync<AcmeException>(() => account.UpdateContactAsync(["tel:+49301234567"], Ct));

        Assert.Equal(AcmeFault.Rejected, refused.Fault);
        Assert.True(refused.Problem!.Is("unsupportedContact"), refused.Message);
        Assert.Equal(["mailto:first@example.test"], (await account.GetAsync(Ct)).Contact);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_closed_account_is_refused_everywhere_and_recovering_it_says_so(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        using var next = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        var order = await account.OrderAsync(PlainIssuance.Request("closed.test"), Ct);

        await account.DeactivateAsync(Ct);

        foreach (var request in (Func<Task>[])
        [
            () => account.GetAsync(Ct),
            () => account.UpdateContactAsync([], Ct),
            () => account.OrderAsync(PlainIssuance.Request("again.test"), Ct),
            () => account.GetOrderAsync(order.Url, Ct),
            () => account.GetAuthorizationAsync(order.Authorizations[0], Ct),
            () => account.ChangeKeyAsync(next, Ct),
            () => account.DeactivateAsync(Ct),
        ])
        {
            var refused = await Assert.ThrowsAsync<AcmeException>(request);
            Assert.Equal((AcmeFault.Rejected, 403), (refused.Fault, refused.StatusCode));
            Assert.True(refused.Problem!.Is("unauthorized"), refused.Message);
        }

        foreach (var request in (Func<Task>[])[() => AcmeAccount.RecoverAsync(client, key, Ct), () => client.RegisterAsync(key, Ct)])
        {
            var refused = await Assert.ThrowsAsync<AcmeException>(request);
            Assert.Equal((AcmeFault.HumanNeeded, 403), (refused.Fault, refused.StatusCode));
            Assert.Contains("deactivated", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task Terms_that_are_not_agreed_to_need_a_human_and_the_refusal_says_where_they_are(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();

        var refused = await Assert.ThrowsAsync<AcmeException>(() => client.RegisterAsync(key, new AcmeRegistration(), Ct));

        Assert.Equal(AcmeFault.HumanNeeded, refused.Fault);
        Assert.True(refused.Problem!.Is(version is PebbleVersion.Installed ? "agreementRequired" : "userActionRequired"), refused.Message);
        Assert.StartsWith("data:", refused.TermsOfService, StringComparison.Ordinal);
        Assert.Equal((await client.GetDirectoryAsync(Ct)).TermsOfService, refused.TermsOfService);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task Eight_orders_are_listed_each_once_over_three_pages(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        var recorder = new RequestRecorder(pebble);
        using var client = pebble.NewClient(recorder);
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        var orders = new List<string>();
        for (var number = 0; number < 8; number++) orders.Add((await account.OrderAsync(PlainIssuance.Request($"listed-{number}.test"), Ct)).Url);

        var listed = new List<string>();
        await foreach (var order in account.ListOrdersAsync(Ct)) listed.Add(order);

        Assert.Equal(orders.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.Equal(3, recorder.Statuses("/list-orderz/").Count(status => status == 200));
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_new_account_has_an_empty_list(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);

        await foreach (var order in account.ListOrdersAsync(Ct)) Assert.Fail(order);
    }
}
