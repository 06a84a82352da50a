using System.Globalization;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>How a name ends whose order meets a fault that lasts for two days.</summary>
internal enum End
{
    /// <summary>All the same.</summary>
    Served,

    /// <summary>The fault is the CA's: the order goes on after it, and the name has not failed.</summary>
    Held,

    /// <summary>The order is over, and the next one waits for the name's ladder.</summary>
    Failing,

    /// <summary>In turns: held while the CA cannot be told of the challenge, failing when the validation that it may know of did not come in time.</summary>
    HeldOrFailing,
}

/// <param name="Failed">Requests that failed in two days, of both names where both need the resource.</param>
/// <param name="Orders">Orders the CA made for the name in two days.</param>
internal sealed record Expectation(End End, int Failed, int Orders);

/// <summary>
/// What is expected of every fault of every resource, written down: nothing here is reckoned by the code's own rules. A cell is the end, the failed requests and the orders in two days.
/// </summary>
internal static class LifecycleMatrix
{
    /// <summary>The columns; everybody needs the first three, so that no name can be healthy without.</summary>
    public static readonly string[] Resources =
        ["/directory", "/new-nonce", "/new-account", "/new-order", "/order/*", "/authorization/*", "/challenge/*", "/finalize/*", "/certificate/*"];

    // H57   The CA is left alone 2, 5, 15 and 30 seconds, then 1, 2, 4 minutes and so on up to an hour, then one of the two names probes; H50 where it asks for an hour each time.
    // H33   One name's order alone: after 2, 5, 15 and 30 seconds, 1 and 10 minutes, then every 100, with up to a tenth more. H30 where the CA asks for an hour at first. H5 is a rate limit: the name's, so after 111 minutes daily.
    // H33/33  Each time the CA made the order and its answer was lost; it lists none of them unless asked after a kill.
    // F5    At 0, 1, 11 and 111 minutes and a day later; F10 where both names need it.
    // F15   A damaged chain is fetched three times. F10/5: an authorization that cannot be answered is asked for and then given up.
    // T12/6 Six orders that end without a validation, each told twice of its challenge.
    // S1    The request is not needed again, or a look tells that it was processed. S9: the directory is old at each of the eight looks at renewal info.
    // Each of these attempts costs 21 requests where nonces are refused for ever, and 11, the last of them good, where ten are.
    private static readonly Row[] Rows =
    [
        //                                 direct. nonce   account order+  order   authz   challen finaliz certificate
        new("500",                          "H57/0   H57/0   H57/0   H33/0   H33/1   H33/1   T12/6   H33/1   H33/1"),
        new("500 with a problem",           "H57/0   H57/0   H57/0   H33/0   H33/1   H33/1   T12/6   H33/1   H33/1"),
        new("503 with Retry-After",         "H50/0   H50/0   H50/0   H30/0   H30/1   H30/1   T12/6   H30/1   H30/1"),
        new("503 with a date to come back", "H50/0   H50/0   H50/0   H30/0   H30/1   H30/1   T12/6   H30/1   H30/1"),
        new("429",                          "H10/0   H10/0   H10/0   H5/0    H5/1    H5/1    H5/1    H5/1    H5/1"),
        new("429 with Retry-After",         "H10/0   H10/0   H10/0   H5/0    H5/1    H5/1    H5/1    H5/1    H5/1"),
        new("502 with an HTML body",        "H57/0   H57/0   H57/0   H33/0   H33/1   H33/1   T12/6   H33/1   H33/1"),
        new("an HTML body",                 "F10/0   F10/0   F10/0   F5/0    F5/5    F5/5    F5/5    H33/1   F15/5"),
        new("an empty body",                "F10/0   F10/0   F10/0   F5/0    F5/5    F5/5    F5/5    H33/1   F15/5"),
        new("truncated JSON",               "F10/0   S1/1    S1/1    F5/5    F5/5    F5/5    F5/5    S1/1    F15/5"),
        new("a wrong content type",         "S9/1    S1/1    S1/1    S1/1    S1/1    S1/1    S1/1    S1/1    S1/1"),
        new("closed before processing",     "H57/0   H57/0   H57/0   H33/0   H33/1   H33/1   T12/6   H33/1   H33/1"),
        new("closed after processing",      "H57/0   H57/0   H57/0   H33/33  H33/1   H33/1   S1/1    S1/1    H33/1"),
        new("closed within the answer",     "H57/0   H57/0   H57/0   H33/33  H33/1   H33/1   S1/1    S1/1    H33/1"),
        new("no answer",                    "H57/0   H57/0   H57/0   H33/0   H33/1   H33/1   T12/6   H33/1   H33/1"),
        new("an answer that trickles",      "H57/0   H57/0   H57/0   H33/0   H33/1   H33/1   T12/6   H33/1   H33/1"),
        new("badNonce ten times",           "F10/0   F10/0   S11/1   S11/1   S11/1   S11/1   S11/1   S11/1   S11/1"),
        new("badNonce for ever",            "F10/0   F10/0   H1197/0 H693/0  H693/1  H693/1  T252/6  H693/1  H693/1"),
        new("302",                          "F10/0   F10/0   F10/0   F5/0    F5/5    F5/5    F5/5    H33/1   H33/1"),
        new("307",                          "F10/0   F10/0   F10/0   F5/0    F5/5    F5/5    F5/5    H33/1   H33/1"),
        new("a body of 100 MB",             "F10/0   F10/0   F10/0   F5/0    F5/5    F5/5    F5/5    H33/1   H33/1"),
        new("an announced body of 100 MB",  "F10/0   F10/0   F10/0   F5/0    F5/5    F5/5    F5/5    H33/1   H33/1"),
        new("500 with a body of 100 MB",    "H57/0   H57/0   H57/0   H33/0   H33/1   H33/1   T12/6   H33/1   H33/1"),
        new("http URLs",                    "F10/0   S1/1    F10/0   F5/5    F5/5    F5/5    F5/5    S1/1    S1/1"),
        new("a token ../x",                 "S9/1    S1/1    S1/1    S1/1    S1/1    F10/5   S1/1    S1/1    S1/1"),
    ];

    public static IEnumerable<string> Faults => Rows.Select(row => row.Fault);

    public static Expectation Of(string path, string fault)
    {
        var cell = Rows.Single(row => row.Fault == fault).Cells.Split(' ', StringSplitOptions.RemoveEmptyEntries)[Array.IndexOf(Resources, path)];
        var end = cell[0] switch { 'S' => End.Served, 'H' => End.Held, 'F' => End.Failing, 'T' => End.HeldOrFailing, _ => throw new FormatException(cell) };
        var numbers = cell[1..].Split('/');
        return new Expectation(end, int.Parse(numbers[0], CultureInfo.InvariantCulture), int.Parse(numbers[1], CultureInfo.InvariantCulture));
    }

    private sealed record Row(string Fault, string Cells);
}
