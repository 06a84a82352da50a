using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>What the embedded CA is built of, read from its compiled assembly.</summary>
public sealed class LocalCaDependencyTests
{
    private static readonly string[] Effects = ["AcmeKestrel.LocalCa.Http", "AcmeKestrel.LocalCa.Hosting", "AcmeKestrel.LocalCa.Issuing", "AcmeKestrel.LocalCa.Validation", "Microsoft", "System.IO", "System.Net.Http", "System.Threading.Tasks"];

    private static readonly Type[] Types = typeof(LocalCaServer).Assembly.GetTypes();

    /// <summary>A mistake made in both would hide in both.</summary>
    [Fact]
    public void It_shares_no_code_with_the_protocol_core() => Assert.Empty(Uses(_ => true, used => used.Assembly == typeof(AcmeClient).Assembly && IsIn(used, "AcmeKestrel.Protocol")));

    /// <summary>They decide and keep; transports, files, keys, sockets and waiting are others'.</summary>
    [Fact]
    public void Its_rules_are_pure()
    {
        Assert.Contains(Types, type => type == typeof(CaState));
        Assert.Empty(Uses(type => IsIn(type, "AcmeKestrel.LocalCa.Rules"), used => Effects.Any(effect => IsIn(used, effect))));
    }

    private static IEnumerable<string> Uses(Func<Type, bool> by, Func<Type, bool> of) =>
        Types.Where(by).SelectMany(type => TypeUses.Of(type).Where(of).Select(used => $"{type} uses {used}")).Distinct();

    private static bool IsIn(Type type, string space) => TypeUses.NamespaceOf(type) is var name && (name == space || name.StartsWith(space + ".", StringComparison.Ordinal));
}
