using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>What an error answer means for the caller: the policy table that RFC 8555 section 6.7 leaves to clients.</summary>
internal static class ProblemFaults
{
    /// <summary>A problem may have thousands of subproblems; <see cref="AcmeException.Problem"/> has them all.</summary>
    private const int MaxMessage = 8000;

    private const int MaxUrl = 2048;

    public static AcmeException From(AcmeResponse response, AcmeProblem? problem, bool isNewAccount)
    {
        var terms = LinkHeader.Targets(response.Links, "terms-of-service") is [var first, ..] ? PlainText.Of(first, MaxUrl) : null;
        return new(Classify(response.Status, problem, isNewAccount), Describe(response, problem, terms), problem, response.Status, response.RetryAfter)
        {
            TermsOfService = terms,
            Location = AcmeUrl.Resolve(response.Url, response.Location) is { } location && AcmeUrl.IsHttps(location) ? location : null,
        };
    }

    private static AcmeFault Classify(int status, AcmeProblem? problem, bool isNewAccount)
    {
        if (problem is not null && NeedsHuman(problem, isNewAccount)) return AcmeFault.HumanNeeded;
        if (problem?.Is("accountDoesNotExist") is true) return AcmeFault.AccountUnknown;
        if (problem?.Is("rateLimited") is true) return AcmeFault.RateLimited;
        if (problem?.Is("serverInternal") is true) return AcmeFault.Server;

        return status switch
        {
            429 => AcmeFault.RateLimited,
            408 or >= 500 => AcmeFault.Server,
            >= 400 => AcmeFault.Rejected,
            _ => AcmeFault.Protocol,
        };
    }

    private static bool NeedsHuman(AcmeProblem problem, bool isNewAccount)
    {
        if (problem.Is("userActionRequired") || problem.Is("externalAccountRequired") || problem.Is("agreementRequired")) return true;

        // Let's Encrypt pauses names that failed over a thousand times, as a rate limit whose end is a page to visit. No name, which limits quote, has a slash.
        if (problem.Is("rateLimited")) return Says(problem, "/unpause");

        // A key whose account was deactivated (403 or 401), or a refused external account binding; Boulder's terms are `malformed`.
        return isNewAccount && (problem.Is("unauthorized") || (problem.Is("malformed") && Says(problem, "terms of service")));
    }

    private static bool Says(AcmeProblem problem, string words) => problem.Detail?.Contains(words, StringComparison.OrdinalIgnoreCase) is true;

    private static string Describe(AcmeResponse response, AcmeProblem? problem, string? terms)
    {
        var where = $"{AcmeUrl.Show(response.Url)} answered {response.Status}";
        if (response.Status is >= 300 and < 400) return $"{where}, a redirect, which is never followed: a signed request names its URL (RFC 8555 section 6.4).";
        if (problem is null) return $"{where}.";

        var said = $"{where}: {PlainText.Of(problem.ToString(), MaxMessage)}";
        return terms is null ? said : $"{said} (the terms are at {terms})";
    }
}
