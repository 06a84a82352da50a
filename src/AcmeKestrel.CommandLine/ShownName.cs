namespace AcmeKestrel.CommandLine;

/// <summary>Names of a certificate for a person: the Unicode form beside the A-labels. Pure.</summary>
internal static class ShownName
{
    public static string Of(string name, AcmeCertificateStatus? status) => status?.UnicodeNames.GetValueOrDefault(name) is { } unicode ? $"{name} ({unicode})" : name;

    public static string Of(IEnumerable<string> names, AcmeCertificateStatus? status) => string.Join(", ", names.Select(name => Of(name, status)));
}
