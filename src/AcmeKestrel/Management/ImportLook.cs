using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Stored;

namespace AcmeKestrel.Management;

/// <summary>What a certificate from elsewhere is, which label it is for, and what is to be wished so that it is renewed. The same whether it is imported or only looked at.</summary>
internal sealed class ImportLook(Labels labels, IAcmeSettings settings)
{
    private const string Www = "www.";

    /// <summary>Reads it with every check there is; the wishes are to be read before.</summary>
    /// <param name="refused">Why it cannot be used; null: it can.</param>
    /// <returns>What is asked of the label; null where it cannot be used.</returns>
    public ImportTarget? Read(AcmeCertificateImport import, out AcmeImportResult? refused)
    {
        refused = null;
        var current = settings.Current;
        if (!CertificateLabel.TryParse(import.Label, out var label, out var fault)) return Refuse(fault, out refused);
        if (!current.Providers.TryGetValue(import.Provider ?? current.DefaultProvider, out var provider)) return Refuse($"there is no provider '{import.Provider}'", out refused);

        try
        {
            var request = new ImportRequest(ImportedCertificate.Read(import.CertificatePem, import.PrivateKeyPem), provider, import.AccountUrl ?? "");
            var own = labels.WishOf(label);
            if (own is not null && !IsMet(own, request)) return Refuse($"{own.Origin} wishes '{label}' for other names", out refused);
            if (own is not null) return new ImportTarget(label, request, own);

            // Names that are wished already are so under a label that is served and renewed.
            var wish = labels.FindCovering(request.Certificate.Chain.Identifiers[0].Value) is { } covering ? labels.WishOf(covering) : null;
            return new ImportTarget(wish is not null && IsMet(wish, request) ? wish.Label : label, request, wish);
        }
        catch (FormatException unusable)
        {
            return Refuse(unusable.Message, out refused);
        }

        ImportTarget? Refuse(string reason, out AcmeImportResult? result)
        {
            result = new AcmeImportResult(label ?? import.Label, AcmeImportOutcome.Refused) { Reason = reason };
            return null;
        }
    }

    public AcmeImportResult ResultOf(AcmeCertificateImport import, ImportTarget target)
    {
        var (verdict, certificate) = (target.Request.Verdict!, target.Request.Certificate);
        var names = certificate.Chain.Identifiers.Select(name => name.Value).ToList();
        var unwished = target.Wish is null ? names : names.FindAll(name => labels.FindCovering(name) is null);

        // Somebody wishes some of its names: the others are renewed by nobody.
        var remark = unwished.Count > 0 && target.Wish is not null ? $"nobody wished {string.Join(", ", unwished)} before" : null;
        return new AcmeImportResult(target.Label, verdict.Outcome)
        {
            Reason = remark is null ? verdict.Reason : verdict.Reason is null ? remark : $"{verdict.Reason}; {remark}",
            Names = names,
            NotAfter = certificate.Chain.NotAfter,
            WishedBy = unwished.Count == 0 ? target.Wish?.Origin : null,
            Wish = unwished.Count > 0 && verdict.Outcome is not AcmeImportOutcome.Refused ? WishFor(import, target, unwished) : null,
        };
    }

    /// <summary>
    /// All that it is to be renewed with, as far as that is not what is done where nothing is said. A label that is wished already has its own names, which are not ours to change: those that are left get one of their own.
    /// </summary>
    private AcmeCertificateRequest WishFor(AcmeCertificateImport import, ImportTarget target, List<string> unwished)
    {
        var (current, certificate) = (settings.Current, target.Request.Certificate);
        var isTaken = labels.WishOf(target.Label) is not null;
        var names = isTaken ? unwished : [.. certificate.Chain.Identifiers.Select(name => name.Value)];
        var lacksBare = current.Defaults.IncludeBareDomain && names.Any(name => name.StartsWith(Www, StringComparison.Ordinal) && !names.Contains(name[Www.Length..]));
        return new AcmeCertificateRequest(names)
        {
            Label = isTaken ? names[0] : target.Label,
            Provider = target.Request.Provider.Ca == current.Providers[current.DefaultProvider].Ca ? null : target.Request.Provider.Name,
            Email = import.Email is { } email && !email.Equals(current.Defaults.Email ?? "", StringComparison.OrdinalIgnoreCase) ? email : null,
            KeyType = certificate.KeyType == current.Defaults.KeyType ? null : certificate.KeyType,
            IncludeBareDomain = lacksBare ? false : null,
        };
    }

    /// <summary>It has all names that must be there.</summary>
    private static bool IsMet(Wish wish, ImportRequest request) => wish.Required.All(request.Certificate.Chain.Identifiers.Contains);
}

/// <param name="Label">The one that it is for.</param>
/// <param name="Wish">Whoever wishes its names already; null: nobody does.</param>
internal sealed record ImportTarget(string Label, ImportRequest Request, Wish? Wish);
