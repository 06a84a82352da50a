using System.Globalization;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Tests.Protocol;

public sealed class RetryAfterHeaderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-23T10:00:00Z", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("15", 15)]
    [InlineData(" 15 ", 15)]
    [InlineData("604800", 604800)]
    [InlineData("604801", 604800)]
    [InlineData("99999999999999999999", 604800)]
    [InlineData("Mon, 23 Nov 2026 10:01:00 GMT", 60)]
    [InlineData("Monday, 23-Nov-26 10:01:00 GMT", 60)]
    [InlineData("Mon Nov 23 10:01:00 2026", 60)]
    [InlineData("Sun, 22 Nov 2026 10:01:00 GMT", 0)]
    [InlineData("Wed, 23 Nov 2033 10:01:00 GMT", 604800)]
    [InlineData("-5", null)]
    [InlineData("1.5", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("soon", null)]
    [InlineData("Mon, 99 Nov 2026 10:01:00 GMT", null)]
    public void Both_forms_are_read_and_clamped(string? value, int? seconds) =>
        Assert.Equal(seconds, (int?)RetryAfterHeader.Parse(value, Now)?.TotalSeconds);
}
