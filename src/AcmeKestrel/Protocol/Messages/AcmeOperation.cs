namespace AcmeKestrel.Protocol.Messages;

/// <summary>What is asked of a CA, for whoever counts: a URL's path is the CA's to choose, and would be another word for each order.</summary>
internal static class AcmeOperation
{
    public const string Directory = "directory";
    public const string NewNonce = "new-nonce";
    public const string NewAccount = "new-account";
    public const string Account = "account";
    public const string Orders = "orders";
    public const string KeyChange = "key-change";
    public const string NewOrder = "new-order";
    public const string Order = "order";
    public const string Authorization = "authorization";
    public const string Challenge = "challenge";
    public const string Finalize = "finalize";
    public const string Certificate = "certificate";
    public const string RevokeCertificate = "revoke-cert";
    public const string RevocationList = "crl";
    public const string RenewalInfo = "renewal-info";
}
