using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Http;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa;

/// <summary>An ACME CA (RFC 8555) in memory: give <see cref="CreateHandler"/> to an HTTP client and no socket is opened.</summary>
public sealed class LocalCaServer : IAsyncDisposable
{
    private readonly LocalCaServerOptions _options;
    private readonly TimeProvider _time;
    private readonly FrontDesk _desk;
    private readonly ConcurrentDictionary<string, Task> _validations = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>A CA with keys of its own.</summary>
    public LocalCaServer(LocalCaServerOptions options)
        : this(options, Hierarchy.Create((options.TimeProvider ?? TimeProvider.System).GetUtcNow()))
    {
    }

    internal LocalCaServer(LocalCaServerOptions options, Hierarchy hierarchy)
    {
        _options = options;
        _time = options.TimeProvider ?? TimeProvider.System;
        Hierarchy = hierarchy;
        var issuer = new LeafIssuer(hierarchy);
        _desk = new FrontDesk(options, _time, (request, now) => issuer.Issue(request, now, options.CertificateLifetime), Start);
    }

    /// <summary>Where a client begins.</summary>
    public string DirectoryUrl => _options.DirectoryUrl;

    /// <summary>A copy of the root that the CA's certificates chain to, without its key.</summary>
    public X509Certificate2 Root => X509CertificateLoader.LoadCertificate(Hierarchy.Root.RawData);

    internal Hierarchy Hierarchy { get; }

    /// <summary>A transport that ends in this CA.</summary>
    public HttpMessageHandler CreateHandler() => new InMemoryHandler(this);

    /// <summary>Answers one request.</summary>
    public async ValueTask<LocalCaReply> HandleAsync(LocalCaRequest request, CancellationToken cancellationToken)
    {
        if (_options.Delay?.Invoke(request) is { } delay && delay > TimeSpan.Zero) await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
        return _options.Interceptor is { } interceptor ? await interceptor(request, _desk.Handle, cancellationToken).ConfigureAwait(false) : _desk.Handle(request);
    }

    /// <summary>The account's owner agrees to <see cref="LocalCaServerOptions.TermsOfService"/> as they are now: elsewhere than in ACME, as RFC 8555 section 7.3.3 wants it.</summary>
    /// <param name="accountUrl">As newAccount told it.</param>
    /// <exception cref="ArgumentException">No account that is valid has this URL.</exception>
    public void AgreeToTerms(string accountUrl)
    {
        if (!_desk.Agree(accountUrl)) throw new ArgumentException($"'{accountUrl}' is no valid account of this CA.", nameof(accountUrl));
    }

    /// <summary>Ends the validations under way and waits for them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_validations.Values).ConfigureAwait(false);
        _stop.Dispose();
    }

    private void Start(string challengeId, ChallengeProbe probe)
    {
        foreach (var (id, validation) in _validations)
        {
            if (validation.IsCompleted) _validations.TryRemove(id, out _);
        }

        _validations[challengeId] = ValidateAsync(challengeId, probe);
    }

    private async Task ValidateAsync(string challengeId, ChallengeProbe probe)
    {
        try
        {
            var problem = _options.Validator is { } validator ? await validator(probe, _stop.Token).ConfigureAwait(false) : null;
            _desk.Conclude(challengeId, problem is null ? null : new Problem(problem.Type, problem.Type == "unauthorized" ? 403 : 400, problem.Detail));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The CA ends; so does what it knew.
        }
        catch (Exception error)
        {
            _desk.Conclude(challengeId, new Problem("serverInternal", 500, $"The validator failed: {error.Message}"));
        }
    }
}
