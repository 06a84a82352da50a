using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Http;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa;

/// <summary>An ACME CA (RFC 8555) in memory: give <see cref="CreateHandler"/> to an HTTP client and no socket is opened.</summary>
public sealed class LocalCaServer : IAsyncDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(2);

    private readonly LocalCaServerOptions _options;
    private readonly TimeProvider _time;
    private readonly FrontDesk _desk;
    private readonly ConcurrentDictionary<string, Task> _validations = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>A CA with keys of its own.</summary>
    public LocalCaServer(LocalCaServerOptions options)
        : this(options ?? throw new ArgumentNullException(nameof(options)), Hierarchy.Create((options.TimeProvider ?? TimeProvider.System).GetUtcNow()))
    {
    }

    internal LocalCaServer(LocalCaServerOptions options, Hierarchy hierarchy)
    {
        _options = options;
        _time = options.TimeProvider ?? TimeProvider.System;
        Hierarchy = hierarchy.WithAlternates(options.AlternateChains, _time.GetUtcNow());
        _desk = new FrontDesk(options, _time, new Authority(Hierarchy, options, new Urls(options.DirectoryUrl).Crl), Start);
    }

    /// <summary>Where a client begins.</summary>
    public string DirectoryUrl => _options.DirectoryUrl;

    /// <summary>A copy of the root that the CA's certificates chain to, without its key.</summary>
    public X509Certificate2 Root => X509CertificateLoader.LoadCertificate(Hierarchy.Root.RawData);

    /// <summary>Copies of all roots, without their keys: <see cref="Root"/>, then one for each alternate chain, in the order of the chains.</summary>
    public IReadOnlyList<X509Certificate2> Roots => [Root, .. Hierarchy.Alternates.Select(other => X509CertificateLoader.LoadCertificate(other.Root.RawData))];

    internal Hierarchy Hierarchy { get; }

    /// <summary>A transport that ends in this CA.</summary>
    public HttpMessageHandler CreateHandler() => new InMemoryHandler(this);

    /// <summary>Answers one request.</summary>
    public async ValueTask<LocalCaReply> HandleAsync(LocalCaRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
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

    /// <summary>
    /// The CRL (RFC 5280 section 5) as DER, made anew and signed by the intermediate: everything revoked so far, good for a day. Clients get the same from <c>/crl</c> at the directory's origin.
    /// Entries show the reason but for 0, 8 and 10, which have no place in such a list; <see cref="StatusOf"/> tells them all.
    /// </summary>
    public byte[] GetCrl() => _desk.Certificates.Crl();

    /// <summary>What became of a certificate; null = this CA issued none with that number.</summary>
    /// <param name="serialNumber">Hex, as <see cref="X509Certificate2.SerialNumber"/> writes it; case and leading zeros do not matter.</param>
    public LocalCaCertificateStatus? StatusOf(string serialNumber) => _desk.Certificates.StatusOf(serialNumber);

    /// <summary>Renewal info (RFC 9773) suggests this window for the certificate from now on, whatever is in it.</summary>
    /// <param name="certificate">One that this CA issued.</param>
    /// <param name="start">Where the window begins.</param>
    /// <param name="end">Where it ends; before <paramref name="start"/> is possible, as clients must expect it.</param>
    /// <param name="explanation">The <c>explanationURL</c>; null = none.</param>
    /// <exception cref="ArgumentException">This CA did not issue the certificate.</exception>
    public void SetRenewalWindow(X509Certificate2 certificate, DateTimeOffset start, DateTimeOffset end, Uri? explanation = null) =>
        _desk.Certificates.SetRenewal(certificate, new RenewalWindow(start, end, explanation), answer: null);

    /// <summary>Renewal info answers this for the certificate from now on, however wrong it is; null = the CA's own window again.</summary>
    /// <exception cref="ArgumentException">This CA did not issue the certificate.</exception>
    public void SetRenewalAnswer(X509Certificate2 certificate, LocalCaReply? answer) => _desk.Certificates.SetRenewal(certificate, window: null, answer);

    /// <summary>Ends the validations under way and waits for them, but not for ever for a validator that does not look at its token.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        // A test that failed may never let its validator go on. The system's clock: a fake one may stand still by now.
        await Task.WhenAny(Task.WhenAll(_validations.Values), Task.Delay(LongestEnd)).ConfigureAwait(false);
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
