using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// What a handshake does whose name is not in the table: it asks the miss handler, if there is one. Whoever asks for a name that is nowhere takes no turn. One question per name at a time, few at once, with
/// networks taking turns, each with a deadline; a name that may be stored never gets what unknown names get because it came too late. One that was missing is not asked for again at once.
/// </summary>
internal sealed class CertificateMisses(CertificateTable table, ServingLimits limits, TimeProvider time, ILogger<CertificateMisses> logger, ICertificateMissHandler? handler = null)
{
    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly RoundRobin _turns = new(limits.MaxMisses);
    private readonly Dictionary<(string Name, KeyFamily Accepts), Task<bool>> _questions = [];
    private readonly Lock _gate = new();
    private readonly RareWord _failed = new(time);
    private readonly RareWord _late = new(time);
    private readonly RecentMisses _misses = new(time, StringComparer.Ordinal);

    /// <summary>A record that cannot be read has others of its name looked for: not for each stranger who knows the name.</summary>
    private readonly RecentMisses _unread = new(time, StringComparer.Ordinal);

    public bool IsAsking => handler is { IsAsked: true };

    /// <inheritdoc cref="ICertificateMissHandler.IsListing"/>
    public bool IsListing => handler is { IsListing: true };

    /// <summary>Whether the table is worth another look.</summary>
    /// <exception cref="CertificateLateException">There may be a certificate, and it could not be had in time.</exception>
    public async ValueTask<bool> MayHaveComeAsync(string asked, KeyFamily accepts, IPAddress? remote)
    {
        if (handler is null || !AcmeIdentifier.TryParse(asked, out var name, out _) || _misses.Has(name.Value)) return false;

        if (_unread.Has(name.Value)) throw new CertificateLateException(name.Value, new IOException("It could not be read a moment ago."));

        using var patience = new CancellationTokenSource(limits.MissDeadline, time);
        if (!await MayHaveAsync(handler, name.Value, patience.Token).ConfigureAwait(false)) return false;

        var question = new CertificateQuestion(name.Value, accepts, remote is null ? null : AddressText.Unmapped(remote), Asker.NetworkOf(remote));
        try
        {
            return await AskAsync(handler, question, patience.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is: it says nothing about the certificate, which may be a good one.
        catch (Exception reason)
#pragma warning restore CA1031
        {
            if (_late.IsDue()) _log.CertificateLate(question.Name, reason.Message);
            throw new CertificateLateException(question.Name, reason);
        }
    }

    /// <summary>Nobody is shown a stand-in for a certificate that the list may still come to.</summary>
    /// <param name="name">Null: none was sent.</param>
    public CertificateLateException Unlisted(string? name)
    {
        var shown = name ?? "(no server name)";
        if (_late.IsDue()) _log.CertificateLate(shown, "it is not known yet what is stored");
        return new CertificateLateException(shown);
    }

    /// <summary>Where nobody can tell in time, the visitor gets what unknown names get: while the list goes on that is <see cref="Unlisted"/>.</summary>
    private async Task<bool> MayHaveAsync(ICertificateMissHandler asked, string name, CancellationToken patience)
    {
        try
        {
            return await asked.MayHaveAsync(name, patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
#pragma warning disable CA1031 // Whatever it is: it says nothing about a certificate, and there mostly is none.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_failed.IsDue()) _log.MissHandlerFailed(name, exception);
            return false;
        }
    }

    private async Task<bool> AskAsync(ICertificateMissHandler asked, CertificateQuestion question, CancellationToken patience)
    {
        if (Running(question) is { } running) return await running.WaitAsync(patience).ConfigureAwait(false);

        await _turns.EnterAsync(question.Network, patience).ConfigureAwait(false);
        return await Begin(asked, question).WaitAsync(patience).ConfigureAwait(false);
    }

    private Task<bool>? Running(CertificateQuestion question)
    {
        lock (_gate) return _questions.GetValueOrDefault((question.Name, question.Accepts));
    }

    /// <summary>With a turn, which goes to the question, or is given back where another one's has begun it, or has ended it.</summary>
    private Task<bool> Begin(ICertificateMissHandler asked, CertificateQuestion question)
    {
        var hasCome = table.Find(question.Name, question.Accepts) is not null;
        lock (_gate)
        {
            var key = (question.Name, question.Accepts);
            if (!hasCome && !_questions.ContainsKey(key)) return _questions[key] = RunAsync(asked, question);

            _turns.Leave();
            return hasCome ? Task.FromResult(true) : _questions[key];
        }
    }

    /// <summary>What hangs in the store keeps its turn until it comes back, and is not begun once more: it holds a thread there.</summary>
    private async Task<bool> RunAsync(ICertificateMissHandler asked, CertificateQuestion question)
    {
        // Off the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var deadline = new CancellationTokenSource(limits.MissDeadline, time);
        try
        {
            var hasCome = await asked.OnMissAsync(question, deadline.Token).ConfigureAwait(false);
            if (!hasCome) _misses.Add(question.Name);
            return hasCome;
        }
        catch (Exception)
        {
            _unread.Add(question.Name);
            throw;
        }
        finally
        {
            lock (_gate) _questions.Remove((question.Name, question.Accepts));
            _turns.Leave();
        }
    }
}
