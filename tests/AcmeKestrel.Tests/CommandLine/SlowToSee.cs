using System.Reflection;
using AcmeKestrel.Management;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The certificates of a process that has not seen a changed file yet, for some looks.</summary>
#pragma warning disable CA1852 // The proxy is a class of its own that is made from this one.
internal class SlowToSee : DispatchProxy
#pragma warning restore CA1852
{
    private AcmeCertificateStatus _former = null!;
    private IAcmeCertificates _real = null!;
    private int _until;
    private int _looks;

    /// <summary>After how many looks it was asked to try at once.</summary>
    public List<int> RetriedAfter { get; } = [];

    public static SlowToSee Create(AcmeCertificateStatus former, int looks)
    {
        var slow = (SlowToSee)(object)Create<IAcmeCertificates, SlowToSee>();
        (slow._former, slow._until) = (former, looks);
        return slow;
    }

    public IAcmeCertificates Around(IServiceProvider provider)
    {
        _real = ActivatorUtilities.CreateInstance<AcmeCertificates>(provider);
        return (IAcmeCertificates)(object)this;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IAcmeCertificates.GetAsync) && ++_looks <= _until) return new ValueTask<AcmeCertificateStatus?>(_former);
        if (targetMethod.Name == nameof(IAcmeCertificates.RetryAsync)) RetriedAfter.Add(_looks);
        return targetMethod.Invoke(_real, args);
    }
}
