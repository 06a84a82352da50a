using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Says why an order failed, name by name, from whatever the CA tells.</summary>
internal static class FailureReport
{
    /// <summary>From the authorizations (RFC 8555 section 7.5.1: the reason is in the challenge), else from the order's own error.</summary>
    public static OrderFailure Of(IReadOnlyCollection<AcmeAuthorization> authorizations, AcmeProblem? orderError)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        AcmeProblem? first = null;
        foreach (var authorization in authorizations.Where(IsDead))
        {
            var name = NameOf(authorization);
            var challenge = authorization.Challenges.FirstOrDefault(challenge => challenge.Error is not null) ?? authorization.Challenges.FirstOrDefault(challenge => challenge.Status is AcmeStatus.Invalid);
            first ??= challenge?.Error;
            names[name] = challenge is null ? $"its authorization is {authorization.Status.ToString().ToLowerInvariant()}" : $"{challenge.Type}: {Describe(challenge.Error)}";
        }

        var validated = authorizations.Where(authorization => authorization.Status is AcmeStatus.Valid).Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var failure = names.Count == 0 && orderError is not null
            ? Of(orderError, OrderFailureKind.Validation)
            : Worded(new OrderFailure(OrderFailureKind.Validation, Message(names, "the CA could not validate the order and says no more"), names), first);
        return failure with { Validated = validated };
    }

    /// <summary>The name that was ordered.</summary>
    public static string NameOf(AcmeAuthorization authorization) => authorization.Wildcard ? $"*.{authorization.Identifier}" : authorization.Identifier.Value;

    /// <summary>From a problem document and its subproblems (RFC 8555 section 6.7.1).</summary>
    public static OrderFailure Of(AcmeProblem problem, OrderFailureKind kind, TimeSpan? retryAfter = null)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in problem.Subproblems.Append(problem))
        {
            if (part.Identifier is { } identifier) names[identifier.Value] = Describe(part);
        }

        if (problem.Is("invalidProfile")) kind = OrderFailureKind.Profile;
        return Worded(new OrderFailure(kind, names.Count > 0 ? Message(names, "") : Describe(problem), names, retryAfter), problem);
    }

    public static OrderFailure Of(AcmeException refused) => refused.Problem is { } problem
        ? Of(problem, OrderFailureKind.Rejected, refused.RetryAfter)
        : new OrderFailure(refused.Fault is AcmeFault.Protocol ? OrderFailureKind.Nonsense : OrderFailureKind.Rejected, refused.Message) with { RetryAfter = refused.RetryAfter };

    public static bool IsDead(AcmeAuthorization authorization) => authorization.Status is not (AcmeStatus.Pending or AcmeStatus.Valid or AcmeStatus.Processing or AcmeStatus.Unknown);

    /// <summary>A type of the CA's own may say anything, such as a URL.</summary>
    private static OrderFailure Worded(OrderFailure failure, AcmeProblem? problem) =>
        problem is not null && ShortType(problem) is { Length: > 0 and <= 40 } word && word.All(char.IsAsciiLetter) && problem.Is(word) ? failure with { Word = word } : failure;

    private static string Message(Dictionary<string, string> names, string otherwise) =>
        names.Count == 0 ? otherwise : string.Join("; ", names.Take(5).Select(name => $"{name.Key}: {name.Value}")) + (names.Count > 5 ? $"; and {names.Count - 5} more" : "");

    private static string Describe(AcmeProblem? problem) => problem switch
    {
        null => "the CA gives no reason",
        { Detail: { Length: > 0 } detail } => $"{detail} ({ShortType(problem)})",
        _ => ShortType(problem),
    };

    private static string ShortType(AcmeProblem problem) => problem.Type[(problem.Type.LastIndexOf(':') + 1)..];
}
