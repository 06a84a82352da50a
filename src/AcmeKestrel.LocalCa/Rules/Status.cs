namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Where an account, order, authorization or challenge stands (RFC 8555 section 7.1.6). On the wire in lower case.</summary>
internal enum Status
{
    Pending,
    Ready,
    Processing,
    Valid,
    Invalid,
    Deactivated,
    Expired,
}
