namespace AcmeKestrel.CommandLine;

/// <summary>What tests have shown, in words, with what to do. Pure.</summary>
internal static class TestText
{
    public static TestedName Of(AcmeHttpTestResult result) => new(
        result.Name,
        result.IsGood,
        result.Problem,
        [.. result.Visits.Select(visit => new TestedAddress(visit.Address, visit.Outcome, Said(visit), Advice(visit), visit.Url, visit.Redirects, visit.Status, visit.Text))]);

    public static IEnumerable<string> Lines(AcmeHttpTestResult result)
    {
        var tested = Of(result);
        if (tested.Problem is { } problem)
        {
            yield return $"{tested.Name}: it was not looked for: {problem}";
            yield break;
        }

        yield return $"{tested.Name}: {(tested.IsGood ? "a CA would find the answer, as far as can be seen from here" : "a CA would not find the answer, as far as can be seen from here")}";
        foreach (var address in tested.Addresses)
        {
            yield return $"  {(address.Address is { } where ? $"{where}: " : "")}{address.Message}";
            if (address.Advice is { } advice) yield return $"    {advice}";
        }
    }

    public static IEnumerable<string> Lines(AcmeHookTestResult result)
    {
        var of = result.Label is { } label ? $" of {label}" : "";
        var took = result.Outcome is AcmeHookTestOutcome.NotCalled ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $" ({result.Duration.TotalSeconds:0.0} s{(result.ExitCode is { } code ? $", exit code {code}" : "")})");
        yield return $"{result.Name}: told {WordOf(result.Event)}{of} as a test: {Said(result)}{took}";
        if (result.Output is { } output) yield return $"  it said: {output}";
    }

    /// <summary>As the configuration and the hooks call it.</summary>
    public static string WordOf(AcmeHookEvent happened) => happened is AcmeHookEvent.LiveUpdated ? "live-updated" : happened.ToString().ToLowerInvariant();

    private static string Said(AcmeHookTestResult result) => result.Outcome switch
    {
        AcmeHookTestOutcome.Done when result is { ExitCode: null, Duration.Ticks: 0 } => "nothing to do",
        AcmeHookTestOutcome.Done => "done",
        AcmeHookTestOutcome.NotSupported => "it does not know the event, which is done as well",
        AcmeHookTestOutcome.Refused => $"it says no, which would put an order off: {result.Problem}",
        AcmeHookTestOutcome.NotCalled => $"it was not called: {result.Problem}",
        _ => $"failed, and would be told again: {result.Problem}",
    };

    private static string Said(AcmeHttpTestVisit visit)
    {
        var way = visit.Redirects == 0 ? "" : $", after {visit.Redirects} redirect{(visit.Redirects == 1 ? "" : "s")}, at {visit.Url}";
        return visit.Outcome switch
        {
            AcmeHttpTestOutcome.Right => $"the right answer{way}",
            AcmeHttpTestOutcome.OtherAnswer => $"{visit.Problem}{way}{(visit.Text is { } text ? $": \"{text}\"" : "")}",
            AcmeHttpTestOutcome.Unseen => $"not seen from here: {visit.Problem}",
            _ => $"{visit.Problem}{way}",
        };
    }

    private static string? Advice(AcmeHttpTestVisit visit) => visit.Outcome switch
    {
        AcmeHttpTestOutcome.NotResolved => "Give the name an A or AAAA record that leads here, or take it out of the wishes.",
        AcmeHttpTestOutcome.Unreachable => "Have this application listen on port 80, or lead port 80 of that address to it; look at firewalls. An address that is no server's any more should leave the DNS.",
        AcmeHttpTestOutcome.TimedOut => "Look at firewalls and port forwarding for port 80. A router that does not lead its own network to its outer address looks the same from here and is none of the CA's.",
        AcmeHttpTestOutcome.OtherAnswer when visit.Status == 200 => "Another server has that address, or answers before this one: lead /.well-known/acme-challenge/ of the name here, or correct the DNS record.",
        AcmeHttpTestOutcome.OtherAnswer => "Whoever answers there does not know this application's answers: another server, a proxy that keeps /.well-known/acme-challenge/ to itself or changes the Host header, or a rule before the application's own.",
        AcmeHttpTestOutcome.BadRedirect => "Redirect to a name at port 80 or 443, or not at all below /.well-known/acme-challenge/.",
        AcmeHttpTestOutcome.Unseen => "This machine has no way to that address, so only the CA can tell. Take the record away if no server has it.",
        _ => null,
    };
}
