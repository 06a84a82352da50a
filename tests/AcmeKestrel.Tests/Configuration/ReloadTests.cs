using AcmeKestrel.Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Configuration;

public sealed class ReloadTests
{
    [Fact]
    public void A_good_reload_is_in_force_at_once_and_tells()
    {
        using var configuration = new TestConfiguration([("Acme:KeyType", "P256")]);
        var monitor = configuration.Monitor;
        var token = monitor.GetChangeToken();
        AcmeKeyType? seen = null;
        using var registration = token.RegisterChangeCallback(_ => seen = monitor.Current.Defaults.KeyType, null);

        configuration.Reload(("Acme:KeyType", "P384"), ("Acme:Domains:0", "a.test"));

        Assert.Equal(AcmeKeyType.P384, seen);
        Assert.True(token.HasChanged);
        Assert.False(monitor.GetChangeToken().HasChanged);
        Assert.Single(monitor.Current.Certificates);
    }

    /// <summary>Whatever else is in the same files is nobody's affair here.</summary>
    [Fact]
    public void A_reload_that_changes_nothing_here_tells_nobody()
    {
        using var configuration = FullSettings.Read();
        var (before, token) = (configuration.Monitor.Current, configuration.Monitor.GetChangeToken());

        configuration.Reload([.. FullSettings.Values, ("Logging:LogLevel:Default", "Debug")]);

        Assert.Same(before, configuration.Monitor.Current);
        Assert.False(token.HasChanged);
    }

    [Fact]
    public void After_a_bad_reload_the_last_good_settings_stay_and_the_log_lists_everything()
    {
        using var configuration = new TestConfiguration([("Acme:KeyType", "P384")]);
        var (monitor, before) = (configuration.Monitor, configuration.Monitor.Current);
        var token = monitor.GetChangeToken();

        configuration.Reload(("Acme:KeyType", "nonsense"), ("Acme:Emial", "x"));

        Assert.Same(before, monitor.Current);
        Assert.False(token.HasChanged);
        var error = Assert.Single(configuration.Log.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Contains("Acme:KeyType: 'nonsense'", error.Text);
        Assert.Contains("Acme:Emial: is no known key", error.Text);
    }

    [Fact]
    public void After_a_bad_reload_a_good_one_is_taken()
    {
        using var configuration = new TestConfiguration([]);
        var monitor = configuration.Monitor;

        configuration.Reload(("Acme:KeyType", "nonsense"));
        configuration.Reload(("Acme:KeyType", "Rsa2048"));

        Assert.Equal(AcmeKeyType.Rsa2048, monitor.Current.Defaults.KeyType);
    }

    [Fact]
    public void Code_that_throws_does_not_reach_whoever_reloads()
    {
        var broken = false;
        using var configuration = new TestConfiguration([], services => services.AddAcme(_ =>
        {
            if (broken) throw new InvalidOperationException("the code is broken");
        }));
        var before = configuration.Monitor.Current;
        broken = true;

        configuration.Reload(("Acme:KeyType", "P384"));

        Assert.Same(before, configuration.Monitor.Current);
        Assert.Contains(configuration.Log.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("the code is broken", StringComparison.Ordinal));
    }

    /// <summary>A file that is written while the application starts.</summary>
    [Fact]
    public void A_reload_that_comes_while_the_settings_are_read_for_the_first_time_is_not_missed()
    {
        TestConfiguration? configuration = null;
        var isReading = true;
        using (configuration = new TestConfiguration([], services => services.AddAcme(_ =>
        {
            if (!isReading) return;

            isReading = false;
            configuration!.Reload(("Acme:KeyType", "P384"));
        })))
        {
            Assert.Equal(AcmeKeyType.P384, configuration.Monitor.Current.Defaults.KeyType);
        }
    }

    [Fact]
    public void A_moved_state_directory_waits_for_the_next_start_and_says_so()
    {
        using var configuration = new TestConfiguration([("Acme:StateDirectory", "/old")]);
        _ = configuration.Monitor;

        configuration.Reload(("Acme:StateDirectory", "/new"));

        Assert.Contains(configuration.Log.Entries, entry => entry.Level == LogLevel.Warning && entry.Text.Contains("/old", StringComparison.Ordinal));
    }
}
