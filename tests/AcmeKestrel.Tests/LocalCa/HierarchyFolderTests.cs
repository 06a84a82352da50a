using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Issuing;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class HierarchyFolderTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "localca-" + Guid.NewGuid().ToString("N"), "local-ca");
    private readonly List<string> _created = [];

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void Keys_are_for_their_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are POSIX");
        Open(Now);

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        Assert.All(["root.key", "intermediate.key"], file => Assert.Equal(Owner, File.GetUnixFileMode(Path.Combine(_folder, file))));
        Assert.Equal(["intermediate.key", "intermediate.pem", "root.key", "root.pem"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_restart_keeps_root_and_intermediate()
    {
        var first = Open(Now);
        var again = Open(Now.AddYears(1));

        Assert.Equal((first.Root.Thumbprint, first.Intermediate.Thumbprint), (again.Root.Thumbprint, again.Intermediate.Thumbprint));
        Assert.Equal(2, _created.Count);
    }

    [Fact]
    public void An_old_intermediate_is_replaced_and_the_root_stays()
    {
        var first = Open(Now);
        var later = Open(Now.AddYears(4));

        Assert.Equal(first.Root.Thumbprint, later.Root.Thumbprint);
        Assert.NotEqual(first.Intermediate.Thumbprint, later.Intermediate.Thumbprint);
    }

    [Fact]
    public void An_old_root_is_replaced_with_its_intermediate()
    {
        var first = Open(Now);
        var later = Open(Now.AddYears(9));

        Assert.NotEqual(first.Root.Thumbprint, later.Root.Thumbprint);
        Assert.Equal(later.Root.SubjectName.RawData, later.Intermediate.IssuerName.RawData);
        Assert.Equal(4, _created.Count);
    }

    [Theory]
    [InlineData("root.pem")]
    [InlineData("root.key")]
    [InlineData("intermediate.key")]
    public void A_damaged_file_is_replaced(string file)
    {
        Open(Now);
        File.WriteAllText(Path.Combine(_folder, file), "-----BEGIN");

        var healed = Open(Now);
        Assert.True(healed.Root.HasPrivateKey && healed.Intermediate.HasPrivateKey);
        Assert.Equal(healed.Root.SubjectName.RawData, healed.Intermediate.IssuerName.RawData);
    }

    [Fact]
    public void A_key_of_another_root_is_noticed()
    {
        Open(Now);
        File.Delete(Path.Combine(_folder, "root.pem"));
        using var other = Hierarchy.NewRoot(Now);
        File.WriteAllText(Path.Combine(_folder, "root.pem"), other.ExportCertificatePem());

        Assert.NotEqual(other.Thumbprint, Open(Now).Root.Thumbprint);
    }

    [Fact]
    public void Root_and_intermediate_are_constrained_critically()
    {
        var hierarchy = Open(Now);

        Assert.All([hierarchy.Root, hierarchy.Intermediate], certificate => Assert.True(certificate.Extensions.Single(e => e.Oid?.Value == NameConstraints.Oid).Critical));
        Assert.Equal(1, hierarchy.Root.Extensions.OfType<X509BasicConstraintsExtension>().Single().PathLengthConstraint);
    }

    private Hierarchy Open(DateTimeOffset now) => new HierarchyFolder(_folder).Open(now, _created.Add);
}
