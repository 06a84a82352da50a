using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Tests.Dns;

public sealed class ApiAnswerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    /// <summary>Both dates are by the service's clock.</summary>
    [Theory]
    [InlineData(24, 24, 30)]
    [InlineData(22, 22, 30)]
    [InlineData(null, 23, 30)]
    [InlineData(24, 23, null)]
    public void A_date_to_wait_for_is_no_matter_of_this_machines_clock(int? theirDay, int day, int? minutes)
    {
        using var head = new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable);
        head.Headers.Date = theirDay is { } theirs ? new DateTimeOffset(2026, 11, theirs, 10, 0, 0, TimeSpan.Zero) : null;
        head.Headers.TryAddWithoutValidation("Retry-After", new DateTimeOffset(2026, 11, day, 10, 30, 0, TimeSpan.Zero).ToString("R"));

        Assert.Equal(minutes, ApiAnswer.Of(head, [], Now).Wait?.TotalMinutes);
    }
}
