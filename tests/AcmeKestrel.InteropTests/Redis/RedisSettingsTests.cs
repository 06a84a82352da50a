using AcmeKestrel.Configuration;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Redis;
using AcmeKestrel.Storage;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary><c>Acme:Store:Redis:*</c>. No server is asked for any of this.</summary>
public sealed class RedisSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_type_is_named_by_the_settings()
    {
        using var services = Read(builder => builder.AddRedis().AddRedis(), ("Type", "redis"), ("Redis:Configuration", "127.0.0.1:1,user=acme,password=secret"), ("Redis:KeyPrefix", "edge.example"));

        Assert.NotNull(services.GetRequiredService<IAcmeStore>().FindAbility<RedisStore>());
    }

    [Fact]
    public void Or_by_code()
    {
        using var services = Read(builder => builder.UseRedis("127.0.0.1:1"));

        Assert.NotNull(services.GetRequiredService<IAcmeStore>().FindAbility<RedisStore>());
    }

    [Fact]
    public void Added_and_not_named_it_is_not_used()
    {
        using var services = Read(builder => builder.AddRedis());

        Assert.Null(services.GetRequiredService<IAcmeStore>().FindAbility<RedisStore>());
    }

    [Theory]
    [InlineData("Configuration", null, "Acme:Store:Redis:Configuration: is missing; ConfigurationFile may name a file that holds it.")]
    [InlineData("Configuration", "password=tell-nobody", "Acme:Store:Redis:Configuration: names no server, such as redis.example.com:6379.")]
    [InlineData("Configuration", "127.0.0.1:1,passwrod=tell-nobody", "Acme:Store:Redis:Configuration: is no configuration of StackExchange.Redis, such as redis.example.com:6379,user=acme,password=secret: part 2 of those between its commas is unknown, or has no such value.")]
    [InlineData("Configuration", "127.0.0.1:1,ssl=tell-nobody", "Acme:Store:Redis:Configuration: is no configuration of StackExchange.Redis, such as redis.example.com:6379,user=acme,password=secret: part 2 of those between its commas is unknown, or has no such value.")]
    [InlineData("KeyPrefix", "a{b}", "Acme:Store:Redis:KeyPrefix: 'a{b}' is no prefix of keys: 1 to 100 letters, digits, dots, colons, underscores and hyphens.")]
    [InlineData("Prefix", "a", "Acme:Store:Redis:Prefix: is no known key; known here are Configuration, ConfigurationFile, KeyPrefix, CaFile, CertificateFile, CertificateKeyFile.")]
    [InlineData("CertificateFile", "client.pem", "Acme:Store:Redis:CertificateKeyFile: is missing: a certificate goes with its key.")]
    public void What_is_wrong_is_told_with_its_key_and_without_a_secret(string key, string? value, string problem)
    {
        (string, string?)[] values = key == "Configuration" ? [] : [("Redis:Configuration", "127.0.0.1:1")];
        var wrong = Assert.Throws<AcmeConfigurationException>(() => Read(builder => builder.AddRedis(), [("Type", "Redis"), .. values, ($"Redis:{key}", value)]).GetRequiredService<IAcmeStore>());

        Assert.Equal(problem, Assert.Single(wrong.Failures));
    }

    /// <summary>The file is read when the server is needed: one that is not there yet stops nobody.</summary>
    [Fact]
    public async Task The_configuration_may_stand_in_a_file()
    {
        using var services = Read(builder => builder.AddRedis(), ("Type", "Redis"), ("Redis:ConfigurationFile", _folder.In("redis")));
        var store = services.GetRequiredService<IAcmeStore>();

        Assert.Contains($"Redis cannot be used: The secret in '{_folder.In("redis")}' cannot be read", (await UnavailableAsync(store)).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.In("redis"), "127.0.0.1:1,tell-nobody=1\n", TestContext.Current.CancellationToken);
        var told = await SaysAsync(store, "part 2 of those between its commas");
        Assert.DoesNotContain("tell-nobody", told.ToString(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.In("redis"), "127.0.0.1:1,asyncTimeout=100,connectTimeout=100\n", TestContext.Current.CancellationToken);
        await SaysAsync(store, "Redis at 127.0.0.1:1 cannot be reached.");
    }

    [Fact]
    public void Any_cursor_is_a_place_or_none_and_a_place_comes_back()
    {
        Gen.String.Sample(text => FeedPlace.Parse(new StoreCursor(text)) is not { } place || FeedPlace.Parse(place.Cursor) == place);
        Gen.Select(Gen.ULong, Gen.ULong, Gen.String, Gen.Int[0, int.MaxValue]).Sample((time, number, mark, losses) =>
            new FeedPlace(new FeedPosition(time, number, mark), losses) is var place && FeedPlace.Parse(place.Cursor) == place);
        foreach (var text in (string[])["", ":", "-:", "1-:x", "-1:x", "1-1", "+1-1:x", "1-1-1:x", "99999999999999999999-1:x", " 1-1:x", "1-1/:x", "1-1/-1:x", "/1:x"]) Assert.Null(FeedPlace.Parse(new StoreCursor(text)));
    }

    private static ServiceProvider Read(Action<IAcmeBuilder> add, params (string Key, string? Value)[] values)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => $"Acme:Store:{value.Key}", value => value.Value)).Build());
        add(services.AddAcme());
        return services.BuildServiceProvider();
    }

    /// <summary>What failed as a whole is tried again a second later.</summary>
    private static Task<StoreUnavailableException> SaysAsync(IAcmeStore store, string words) => Patience.UntilAsync(
        async _ => await UnavailableAsync(store) is var said && said.Message.Contains(words, StringComparison.Ordinal) ? said : null, () => words, TestContext.Current.CancellationToken);

    private static Task<StoreUnavailableException> UnavailableAsync(IAcmeStore store) =>
        Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(new RecordKey(RecordKind.Order, "a.test"), TestContext.Current.CancellationToken).AsTask());
}
