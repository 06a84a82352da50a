using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Tests.Dns;

/// <summary>For how long a service's zones are known.</summary>
public sealed class ZoneMemoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly SetClock _time = new() { Now = Start };
    private readonly List<string> _asked = [];

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public async Task A_zone_is_known_for_two_minutes_however_the_clock_is_set(int hours)
    {
        var memory = new ZoneMemory(_time);
        await FindAsync(memory, "_acme-challenge.www.shop.test");
        Assert.Equal(["_acme-challenge.www.shop.test", "www.shop.test", "shop.test"], _asked);

        _time.Now = Start + TimeSpan.FromHours(hours);
        _time.Passed = TimeSpan.FromMinutes(2) - TimeSpan.FromTicks(1);
        await FindAsync(memory, "_acme-challenge.www.shop.test");
        Assert.Equal(3, _asked.Count);

        _time.Passed = TimeSpan.FromMinutes(2);
        await FindAsync(memory, "_acme-challenge.www.shop.test");
        Assert.Equal(6, _asked.Count);
    }

    private async Task FindAsync(ZoneMemory memory, string name) => Assert.Equal("id of shop.test", await memory.FindAsync(name, zone =>
    {
        _asked.Add(zone);
        return Task.FromResult(zone == "shop.test" ? "id of shop.test" : null);
    }));

    /// <summary>What it shows, and how much time has passed, are two things.</summary>
    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
