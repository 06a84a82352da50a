namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>What <c>cert-status-by-serial</c> tells.</summary>
/// <param name="Status"><c>Valid</c> or <c>Revoked</c>.</param>
/// <param name="Reason">Null where the revocation gave none.</param>
internal sealed record PebbleCertificateStatus(string Status, int? Reason);
