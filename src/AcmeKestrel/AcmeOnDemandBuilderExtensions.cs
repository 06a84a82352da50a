using AcmeKestrel;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Certificates for names that nobody wished, when a visitor comes for them.</summary>
public static class AcmeOnDemandBuilderExtensions
{
    /// <summary>Code of the application's says which names may have one; with it they are on, unless <c>Acme:OnDemand:Enabled</c> says otherwise.</summary>
    /// <typeparam name="TPermission">Made for each question, in a scope of its own.</typeparam>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    public static IAcmeBuilder AddOnDemand<[System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicConstructors)] TPermission>(this IAcmeBuilder builder)
        where TPermission : class, IOnDemandPermission
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddScoped<IOnDemandPermission, TPermission>();
        return builder;
    }

    /// <summary>As <see cref="AddOnDemand{TPermission}"/>, with a function.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    /// <param name="isAllowed">As <see cref="IOnDemandPermission.IsAllowedAsync"/>.</param>
    public static IAcmeBuilder AddOnDemand(this IAcmeBuilder builder, Func<AcmeOnDemandVisit, CancellationToken, ValueTask<bool>> isAllowed)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(isAllowed);
        builder.Services.AddSingleton<IOnDemandPermission>(new Permission(isAllowed));
        return builder;
    }

    private sealed class Permission(Func<AcmeOnDemandVisit, CancellationToken, ValueTask<bool>> isAllowed) : IOnDemandPermission
    {
        public ValueTask<bool> IsAllowedAsync(AcmeOnDemandVisit visit, CancellationToken cancellationToken) => isAllowed(visit, cancellationToken);
    }
}
