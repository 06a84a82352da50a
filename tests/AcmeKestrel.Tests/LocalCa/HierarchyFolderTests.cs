using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Issuing;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class HierarchyFolderTests : IHierarchyWitness, IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "localca-" + Guid.NewGuid().ToString("N"), "local-ca");
    private readonly List<string> _told = [];

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void The_one_key_that_is_kept_is_for_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are POSIX");
        Open(Now);

        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        Assert.Equal(Owner, File.GetUnixFileMode(In("intermediate.key")));
        Assert.Equal(["intermediate.key", "intermediate.pem", "root.pem"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_restart_keeps_root_and_intermediate()
    {
        var first = Open(Now);
        var again = Open(Now.AddYears(8));

        Assert.Equal((first.Root.Thumbprint, first.Intermediate.Thumbprint), (again.Root.Thumbprint, again.Intermediate.Thumbprint));
        Assert.Equal(["made"], _told);
    }

    /// <summary>A board without a clock, before somebody tells it the time.</summary>
    [Fact]
    public void A_clock_that_is_behind_keeps_them_as_well()
    {
        var first = Open(Now);
        var again = Open(Now.AddYears(-20));

        Assert.Equal((first.Root.Thumbprint, first.Intermediate.Thumbprint), (again.Root.Thumbprint, again.Intermediate.Thumbprint));
        Assert.Equal(["made"], _told);
    }

    [Fact]
    public void Both_are_replaced_when_their_end_is_near()
    {
        var first = Open(Now);
        var later = Open(Now.AddYears(9));

        Assert.NotEqual(first.Root.Thumbprint, later.Root.Thumbprint);
        Assert.Equal(later.Root.SubjectName.RawData, later.Intermediate.IssuerName.RawData);
        Assert.Equal(["made", "replaced: the root is near its end", "made"], _told);
    }

    [Theory]
    [InlineData("root.pem")]
    [InlineData("intermediate.pem")]
    [InlineData("intermediate.key")]
    public void A_damaged_file_is_replaced(string file)
    {
        Open(Now);
        File.WriteAllText(In(file), "-----BEGIN");

        var healed = Open(Now);
        Assert.True(healed.Intermediate.HasPrivateKey);
        Assert.Equal(healed.Root.SubjectName.RawData, healed.Intermediate.IssuerName.RawData);
        Assert.Equal(["made", "replaced: it is damaged or incomplete", "made"], _told);
    }

    [Fact]
    public void An_intermediate_of_another_root_is_noticed()
    {
        Open(Now);
        File.WriteAllText(In("root.pem"), Hierarchy.Create(Now).Root.ExportCertificatePem());

        var healed = Open(Now);

        Assert.Equal(healed.Root.SubjectName.RawData, healed.Intermediate.IssuerName.RawData);
        Assert.Contains("replaced: the intermediate is not the root's", _told);
    }

    [Theory]
    [InlineData("root", "constraints")]
    [InlineData("root", "usage")]
    [InlineData("intermediate", "constraints")]
    [InlineData("intermediate", "usage")]
    public void One_of_its_own_that_could_harm_is_replaced_with_a_word(string which, string lacks)
    {
        Open(Now);
        var (root, intermediate) = Plant("AcmeKestrel local root 0123ab", which, lacks);

        var opened = Open(Now);

        Assert.NotEqual(root, opened.Root.Thumbprint);
        Assert.NotEqual(intermediate, opened.Intermediate.Thumbprint);
        Assert.Contains($"replaced: the {which} is not held to TLS servers with local names", _told);
    }

    [Fact]
    public void A_root_that_somebody_else_made_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_folder);
        Plant("Contoso Root", "root", "constraints");
        var before = Directory.GetFiles(_folder).Order().Select(File.ReadAllText).ToList();

        var refused = Assert.Throws<IOException>(() => Open(Now));

        Assert.Contains(In("root.pem"), refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_folder).Order().Select(File.ReadAllText));
    }

    [Fact]
    public void The_roots_key_that_an_earlier_version_kept_goes()
    {
        Open(Now);
        File.WriteAllText(In("root.key"), "a key");

        Open(Now);

        Assert.False(File.Exists(In("root.key")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("intermediate.key")]
    public void What_others_could_read_is_closed_with_a_word(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are POSIX");
        var first = Open(Now);
        File.SetUnixFileMode(In(file), (UnixFileMode)0b111_111_111);

        var again = Open(Now);

        Assert.Equal(first.Root.Thumbprint, again.Root.Thumbprint);
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(In(file)) & (UnixFileMode)0b000_111_111);
        Assert.Contains($"was open: {In(file)}", _told);
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.1", true)]
    [InlineData("1.3.6.1.5.5.7.3.2", false)]
    [InlineData("1.3.6.1.5.5.7.3.3", false)]
    [InlineData("1.3.6.1.5.5.7.3.4", false)]
    [InlineData("1.3.6.1.5.5.7.3.8", false)]
    public void Dotnet_believes_a_certificate_of_the_kept_key_for_TLS_servers_only(string usage, bool believed)
    {
        var hierarchy = Open(Now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Contoso", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var leaf = request.Create(hierarchy.Intermediate, Now, Now.AddDays(1), [1, 2, 3]);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(hierarchy.Root);
        chain.ChainPolicy.ExtraStore.Add(hierarchy.Intermediate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));

        Assert.Equal(believed, chain.Build(leaf));
    }

    [Fact]
    public void Root_and_intermediate_are_constrained_critically_and_held_to_servers()
    {
        var hierarchy = Open(Now);

        Assert.All([hierarchy.Root, hierarchy.Intermediate], certificate => Assert.True(certificate.Extensions.Single(e => e.Oid?.Value == NameConstraints.Oid).Critical));
        Assert.All([hierarchy.Root, hierarchy.Intermediate], certificate => Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>()).Value));
        Assert.Equal(1, hierarchy.Root.Extensions.OfType<X509BasicConstraintsExtension>().Single().PathLengthConstraint);
        Assert.False(hierarchy.Root.HasPrivateKey);
        Assert.Equal(hierarchy.Root.NotAfter, hierarchy.Intermediate.NotAfter);
    }

    void IHierarchyWitness.Made(string rootPath) => _told.Add("made");

    void IHierarchyWitness.Replaces(string rootPath, string reason) => _told.Add($"replaced: {reason}");

    void IHierarchyWitness.WasOpen(string path, UnixFileMode mode, bool isClosed) => _told.Add($"was {(isClosed ? "" : "and is ")}open: {path}");

    /// <summary>A whole pair where one lacks something that holds it.</summary>
    private (string Root, string Intermediate) Plant(string rootName, string which, string lacks)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Request(rootName, rootKey, 1, which == "root" ? lacks : "").CreateSelfSigned(Now.AddDays(-1), Now.AddYears(10));
        using var intermediate = Request("AcmeKestrel local intermediate", key, 0, which == "intermediate" ? lacks : "").Create(root, Now.AddDays(-1), Now.AddYears(9), [7]);
        File.WriteAllText(In("root.pem"), root.ExportCertificatePem());
        File.WriteAllText(In("intermediate.pem"), intermediate.ExportCertificatePem());
        File.WriteAllText(In("intermediate.key"), key.ExportPkcs8PrivateKeyPem());
        return (root.Thumbprint, intermediate.Thumbprint);
    }

    private static CertificateRequest Request(string name, ECDsa key, int pathLength, string lacks)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        if (lacks != "usage") request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        if (lacks != "constraints") request.CertificateExtensions.Add(NameConstraints.Loopback());
        return request;
    }

    private string In(string file) => file.Length == 0 ? _folder : Path.Combine(_folder, file);

    private Hierarchy Open(DateTimeOffset now) => new HierarchyFolder(_folder).Open(now, this);
}
