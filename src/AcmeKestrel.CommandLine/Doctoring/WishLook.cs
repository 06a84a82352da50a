using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.CommandLine.Doctoring;

/// <summary>What is wished: entries that could not be read, certificates that are not as they should be, names that do not resolve.</summary>
internal static class WishLook
{
    private const int MostNames = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Pure.</summary>
    public static IEnumerable<Finding> Look(IReadOnlyList<AcmeCertificateStatus> statuses, DateTimeOffset now)
    {
        var unread = statuses.Where(status => status.Provider.Length == 0).ToList();
        foreach (var entry in unread) yield return new Finding("wishes", FindingLevel.Wrong, VerbConsole.OneLine($"{entry.Label}: {entry.Reason}"), "Mend that entry: nothing is ordered for it.");

        var wished = statuses.Except(unread).ToList();
        if (statuses.Count == 0) yield return new Finding("wishes", FindingLevel.Warning, "no certificate is wished", "Set Acme:Domains, or call 'acme want <name>'.");

        var checks = wished.Select(status => Verbs.CheckVerb.Check(status, now)).ToList();
        foreach (var one in checks.Where(one => one.Outcome is not CheckOutcome.Current))
        {
            yield return new Finding("certificates", one.Outcome is CheckOutcome.Due ? FindingLevel.Warning : FindingLevel.Wrong, VerbConsole.OneLine($"{one.Label}: {one.Reason}"), $"'acme explain {one.Label}' tells why, and what to do.");
        }

        var current = checks.Count(one => one.Outcome is CheckOutcome.Current);
        if (current > 0) yield return Finding.Ok("certificates", $"{current} of {checks.Count} are current");
    }

    /// <summary>Asks the resolver of this machine; whether the world sees the same, only the CA can tell.</summary>
    public static async Task<IReadOnlyList<Finding>> ResolveAsync(IReadOnlyList<AcmeCertificateStatus> statuses, CancellationToken cancellationToken)
    {
        var names = statuses.Where(status => status.Provider.Length > 0).SelectMany(status => status.Names).Where(name => !name.StartsWith('*') && !IPAddress.TryParse(name, out _)).Distinct(StringComparer.Ordinal).ToList();
        var lost = new List<Finding>();
        foreach (var name in names.Take(MostNames))
        {
            if (await ProblemOfAsync(name, cancellationToken).ConfigureAwait(false) is { } problem) lost.Add(new Finding("names", FindingLevel.Wrong, $"{name} does not resolve here: {problem}", "Give it an A or AAAA record that leads to this server, or take it out of the wishes."));
        }

        if (names.Count > MostNames) lost.Add(new Finding("names", FindingLevel.Warning, $"only the first {MostNames} of {names.Count} names were looked up"));
        return lost.Count > 0 || names.Count == 0 ? lost : [Finding.Ok("names", $"{(names.Count == 1 ? "the one" : $"all {names.Count}")} resolve{(names.Count == 1 ? "s" : "")} here")];
    }

    private static async Task<string?> ProblemOfAsync(string name, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            return (await Dns.GetHostAddressesAsync(name, deadline.Token).ConfigureAwait(false)).Length > 0 ? null : "it has no address";
        }
        catch (SocketException unknown)
        {
            return unknown.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds:0} s";
        }
    }
}
