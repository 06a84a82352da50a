using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Http;

/// <summary>Turns what the rules say into replies.</summary>
internal sealed class Renderer(Urls urls, LocalCaServerOptions options)
{
    /// <summary>How records of dns-persist-01 call this CA.</summary>
    public IReadOnlyList<string> Issuers => options.CaaIdentities ?? [urls.Host];

    private string Terms => options.TermsOfService ?? urls.Of(Pages.Terms);

    public static LocalCaReply Text(int status, string contentType, string text, params ReadOnlySpan<(string, string)> headers) =>
        new(status, Pairs(headers), contentType, System.Text.Encoding.UTF8.GetBytes(text));

    public static LocalCaReply Empty(int status, params ReadOnlySpan<(string, string)> headers) => new(status, Pairs(headers), null, ReadOnlyMemory<byte>.Empty);

    public LocalCaReply Directory()
    {
        var meta = new DirectoryMeta(Terms, urls.Of(Pages.Terms), options.ExternalAccountRequired ? true : null) { Profiles = ProfileTexts(), CaaIdentities = options.CaaIdentities };
        if (options is { OfferDnsPersist01: true, AccountHashPrefix: { } prefix }) meta = meta with { IssuerDomainNames = Issuers, AccountHashPrefix = prefix };
        var body = new DirectoryBody(urls.Of("/new-nonce"), urls.Of("/new-account"), urls.Of("/new-order"), urls.Of("/revoke-cert"), urls.Of("/key-change"), meta)
        {
            RenewalInfo = options.RenewalInfo ? urls.RenewalInfo : null,
        };
        return Json(200, body, BodiesContext.Default.DirectoryBody);
    }

    public LocalCaReply Account(int status, Account account, bool agreed = true) => Json(
        status,
        new AccountBody(Word(account.Status), account.Contact, agreed, account.ExternalAccountBinding, urls.Orders(account.Id, 0)),
        BodiesContext.Default.AccountBody,
        ("Location", urls.Account(account.Id)));

    public LocalCaReply Orders(Account account, OrderPage page, int number)
    {
        var body = new OrdersBody([.. page.Orders.Select(order => urls.Order(order.Id))]);
        return page.More
            ? Json(200, body, BodiesContext.Default.OrdersBody, ("Link", $"<{urls.Orders(account.Id, number + 1)}>;rel=\"next\""))
            : Json(200, body, BodiesContext.Default.OrdersBody);
    }

    public LocalCaReply Finalized(Order order)
    {
        var reply = Order(200, order);
        return options.FinalizeLocation ? reply with { Headers = [.. reply.Headers, new("Location", urls.Order(order.Id))] } : reply;
    }

    public LocalCaReply Order(int status, Order order)
    {
        var body = new OrderBody(
            Word(order.Status),
            order.Expires,
            [.. Listed(order.Identifiers).Select(Body)],
            [.. Listed(order.Authorizations).Select(urls.Authorization)],
            urls.Finalize(order.Id),
            order.CertificateId is { } certificate ? urls.Certificate(certificate) : null,
            order.Error is { } error ? Body(error) : null)
        {
            Profile = order.Profile,
            Replaces = order.Replaces,
        };
        var reply = Json(status, body, BodiesContext.Default.OrderBody, Waiting(order.Status));
        // Only newOrder tells the order's URL, so that a client keeps it (RFC 8555 section 7.4).
        return status == 201 ? reply with { Headers = [.. reply.Headers, new("Location", urls.Order(order.Id))] } : reply;
    }

    public LocalCaReply Authorization(Authorization authorization) => Json(
        200,
        new AuthorizationBody(Body(authorization.Identifier), Word(authorization.Status), authorization.Expires, [.. authorization.Challenges.Select(challenge => Body(authorization, challenge))], authorization.Wildcard ? true : null),
        BodiesContext.Default.AuthorizationBody,
        Waiting(authorization.Status));

    public LocalCaReply Challenge(Authorization authorization, Challenge challenge) => Json(
        200, Body(authorization, challenge), BodiesContext.Default.ChallengeBody, [("Link", $"<{urls.Authorization(authorization.Id)}>;rel=\"up\""), .. Waiting(challenge.Status)]);

    public LocalCaReply Refusal(Problem problem)
    {
        var headers = new List<(string, string)>();
        if (problem.TellsTerms) headers.Add(("Link", $"<{Terms}>;rel=\"terms-of-service\""));
        if (problem.ConflictingAccount is { } account) headers.Add(("Location", urls.Account(account)));
        if (problem.Retry is { } retry)
        {
            headers.Add(("Link", $"<{urls.Of(Pages.Limits)}>;rel=\"help\""));
            if (RetryAfter(retry) is { } after) headers.Add(("Retry-After", after));
        }

        return Json(problem.Status, Body(problem), BodiesContext.Default.ProblemBody, [.. headers]) with { ContentType = "application/problem+json" };
    }

    public LocalCaReply RenewalInfo(RenewalWindow window)
    {
        var body = new RenewalInfoBody(new WindowBody(window.Start, window.End), window.Explanation?.OriginalString);
        return Json(200, body, BodiesContext.Default.RenewalInfoBody, options.RenewalInfoRetryAfter is { } wait ? [("Retry-After", Seconds(wait))] : []);
    }

    private static LocalCaReply Json<T>(int status, T body, JsonTypeInfo<T> type, params ReadOnlySpan<(string, string)> headers) =>
        new(status, Pairs(headers), "application/json", JsonSerializer.SerializeToUtf8Bytes(body, type));

    private static List<KeyValuePair<string, string>> Pairs(ReadOnlySpan<(string Name, string Value)> headers)
    {
        var pairs = new List<KeyValuePair<string, string>>(headers.Length + 3);
        foreach (var (name, value) in headers) pairs.Add(new(name, value));
        return pairs;
    }

    private (string, string)[] Waiting(Status status)
    {
        if (status is not (Status.Pending or Status.Processing) || options.RetryAfter is not { } wait) return [];
        return [("Retry-After", Seconds(wait))];
    }

    private string? RetryAfter(Retry retry) => options.RateLimits?.RetryAfter switch
    {
        LocalCaRetryAfter.Absent => null,
        // The format has whole seconds; a moment too early is refused again.
        LocalCaRetryAfter.Date => retry.At.AddTicks(TimeSpan.TicksPerSecond - 1).ToString("r", CultureInfo.InvariantCulture),
        _ => Seconds(retry.Wait),
    };

    private static string Seconds(TimeSpan wait) => Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private IReadOnlyList<T> Listed<T>(IReadOnlyList<T> items)
    {
        if (!options.ShuffleAuthorizations) return items;
        T[] shuffled = [.. items];
        Random.Shared.Shuffle(shuffled);
        return shuffled;
    }

    private Dictionary<string, string>? ProfileTexts() =>
        options.Profiles.Count == 0 ? null : options.Profiles.ToDictionary(profile => profile.Key, profile => profile.Value.Description, StringComparer.Ordinal);

    private ChallengeBody Body(Authorization authorization, Challenge challenge)
    {
        var body = new ChallengeBody(challenge.Type, urls.Challenge(challenge.Id), Word(challenge.Status), challenge.Token, challenge.Validated, challenge.Error is { } error ? Body(error) : null);
        if (challenge.Type != ChallengeTypes.DnsPersist01) return body;

        return options.AccountHashPrefix is null
            ? body with { FormerIssuerDomainNames = Issuers, AccountUri = urls.Account(authorization.AccountId) }
            : body with { IssuerDomainNames = Issuers };
    }

    private ProblemBody Body(Problem problem) => new(
        Urn(problem.Type),
        problem.Detail,
        problem.Status,
        problem.AgreementOf is { } account ? urls.Of(Pages.Agreement(account)) : null,
        null,
        problem.Subproblems is { Count: > 0 } parts ? [.. parts.Select(part => new ProblemBody(Urn(part.Type), part.Detail, null, null, Body(part.Identifier), null, null))] : null,
        problem.Algorithms is { Count: > 0 } algorithms ? algorithms : null);

    private static IdentifierBody Body(Identifier identifier) => new(identifier.Type, identifier.Value);

    private static string Urn(string type) => "urn:ietf:params:acme:error:" + type;

    private static string Word(Status status) => status.ToString().ToLowerInvariant();
}
