using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Tests.Simulation;

/// <summary>A label with all that its plans are made from.</summary>
/// <param name="Domain">Its registered domain.</param>
internal sealed record SimulatedName(string Label, string Domain, TimeSpan Lifetime, bool HasRenewalInfo, Wish Wish)
{
    public CertificateFacts? Certificate { get; set; }

    public Schedule Schedule { get; set; } = Schedule.Empty;

    /// <summary>The CA's faults that it met in a row.</summary>
    public int Faults { get; set; }

    /// <summary>One of the CA's from now on, or from earlier.</summary>
    public static CertificateFacts CertificateOf(string label, string generation, TimeSpan lifetime, DateTimeOffset notBefore) =>
        new(label, generation, new SubjectNameSet([label]), AcmeKeyType.P256, KeyFamily.P256, LifecycleSimulation.Provider.Ca, null, notBefore, notBefore + lifetime)
        {
            AccountUrl = "https://ca.test/acct/1",
            RenewalId = $"aki.{generation}",
        };
}
