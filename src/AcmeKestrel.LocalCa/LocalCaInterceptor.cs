namespace AcmeKestrel.LocalCa;

/// <summary>Stands before the CA; <paramref name="next"/> is the CA.</summary>
public delegate ValueTask<LocalCaReply> LocalCaInterceptor(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next, CancellationToken cancellationToken);
