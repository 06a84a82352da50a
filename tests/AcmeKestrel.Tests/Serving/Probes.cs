using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Pending challenges.</summary>
internal static class Probes
{
    public const string AcmeIdentifierOid = "1.3.6.1.5.5.7.1.31";

    public static ChallengeAnswer Pending(string name, string type = ChallengeTypes.TlsAlpn01, string token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA") =>
        new(type, AcmeIdentifier.Parse(name), token, $"{token}.nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ");
}
