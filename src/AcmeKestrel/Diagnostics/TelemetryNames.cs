namespace AcmeKestrel.Diagnostics;

/// <summary>What dashboards and alert rules are written against (docs/operations.md, "Metrics, traces and health"): as lasting as the public surface.</summary>
internal static class TelemetryNames
{
    /// <summary>Of the meter and of the source of activities.</summary>
    public const string Source = "AcmeKestrel";

    /// <summary>A CA by its name in the configuration.</summary>
    public const string Ca = "acme.ca";

    public const string CertificateName = "acme.certificate.name";

    public const string Hook = "acme.hook";

    public const string HookEvent = "acme.hook.event";

    public const string ChallengeType = "acme.challenge.type";

    public const string Standing = "acme.certificate.standing";

    public const string Limit = "acme.limit";

    public const string Operation = "acme.operation";

    public const string OrderKind = "acme.order.kind";

    public const string Outcome = "acme.outcome";

    public const string Problem = "acme.problem";

    public const string QueueState = "acme.queue.state";

    public const string RevocationStage = "acme.revocation.stage";

    public const string StoreOperation = "acme.store.operation";

    /// <summary>The conventions of OpenTelemetry.</summary>
    public const string ErrorType = "error.type";

    /// <inheritdoc cref="ErrorType"/>
    public const string Method = "http.request.method";

    /// <inheritdoc cref="ErrorType"/>
    public const string StatusCode = "http.response.status_code";
}
