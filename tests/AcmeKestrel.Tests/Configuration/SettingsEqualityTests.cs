using AcmeKestrel.Configuration;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>What a reload changes is told by comparing settings: all that is in them is compared by what it says.</summary>
public sealed class SettingsEqualityTests
{
    [Fact]
    public void The_full_configuration_has_every_key() => Assert.All(KnownKeys.All, known => Assert.Contains(FullSettings.Rows, row => row.Is(known)));

    [Fact]
    public void The_same_configuration_read_again_comes_to_the_same_settings()
    {
        using var one = FullSettings.Read();
        using var other = FullSettings.Read();

        Assert.NotSame(one.Monitor.Current, other.Monitor.Current);
        Assert.True(one.Monitor.Current.Equals(other.Monitor.Current));
    }

    [Fact]
    public void Another_value_of_any_key_comes_to_other_settings()
    {
        using var configuration = FullSettings.Read();
        var before = configuration.Monitor.Current;

        foreach (var row in FullSettings.Rows.Where(row => row.Other != row.Value))
        {
            configuration.Reload([.. FullSettings.With(row)]);

            Assert.Empty(configuration.Log.Entries.Where(entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error).Select(entry => entry.Text));
            Assert.False(before.Equals(configuration.Monitor.Current), row.Key);
        }
    }
}
