namespace AcmeKestrel.CommandLine;

/// <summary>Where all certificates stand.</summary>
internal static class KnownStatuses
{
    /// <summary>As the server says; where none runs, as the state does. Changes nothing.</summary>
    /// <exception cref="Storage.StoreUnavailableException">Neither can be asked.</exception>
    public static async Task<IReadOnlyList<AcmeCertificateStatus>> ReadAsync(IAcmeState state, IAcmeServer? server, CancellationToken cancellationToken) => server is not null
        ? server.Certificates.List()
        : [.. (await state.PlanAsync(cancellationToken).ConfigureAwait(false)).Select(plan => plan.Status).OfType<AcmeCertificateStatus>()];

    /// <summary>All that are wished, of whoever does the work. Right after a start nobody has read yet what is wished.</summary>
    public static async Task<IReadOnlyList<AcmeCertificateStatus>> AllAsync(IAcmeCertificates certificates, CancellationToken cancellationToken)
    {
        var known = certificates.List();
        if (known.Count == 0) known = await certificates.WaitUntilSettledAsync(cancellationToken).ConfigureAwait(false);
        return [.. known.Where(status => status.Names.Count > 0)];
    }
}
