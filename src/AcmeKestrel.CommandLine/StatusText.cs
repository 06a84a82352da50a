
namespace AcmeKestrel.CommandLine;

/// <summary>All that a status says, for a person. Pure.</summary>
internal static class StatusText
{
    public static IReadOnlyList<string> Of(AcmeCertificateStatus status)
    {
        var lines = new List<string> { AcmeStatusLine.Of(status) };
        Add("names", ShownName.Of(status.Names, status));
        Add("wished by", status.Origin);
        Add("profile", status.ProfileRemark);
        Add("certificate", status.Served ?? status.Stored);
        if (status.RenewalWindow is { } window) Add("the CA suggests", $"{AcmeStatusLine.Moment(window.Start)} to {AcmeStatusLine.Moment(window.End)}");
        if (status.WorkedChallenge is { } challenge) Add("validated by", challenge);
        foreach (var record in status.PermanentRecords) Add("has to stay in DNS", record);
        if (status.LastProblem is { } problem)
        {
            Add("last problem", problem.At is { } at ? $"{AcmeStatusLine.Moment(at)}: {problem.Message}" : problem.Message);
            foreach (var (name, said) in problem.Names) Add($"  {name}", said);
        }

        if (status.Revocation is { } revocation) Add("revocation", $"{revocation.Reason}, since {AcmeStatusLine.Moment(revocation.Since)}{(revocation.Problem is { } fault ? $": {fault}" : "")}");
        foreach (var limit in status.Limits) Add("left of a limit", limit.ToString());
        return lines;

        void Add(string name, object? value)
        {
            if (value is AcmeStoredCertificate certificate) AddCertificate(certificate);
            else if (value is string { Length: > 0 } text) lines.Add($"  {name}: {text}");
        }

        void AddCertificate(AcmeStoredCertificate certificate)
        {
            Add("certificate", certificate.Problem is { } damage ? $"{certificate.Generation}: {damage}" : certificate.Generation);
            Add("issued by", certificate.Issuer);
            if (certificate is { NotBefore: { } from, NotAfter: { } to }) Add("valid", $"{AcmeStatusLine.Moment(from)} to {AcmeStatusLine.Moment(to)}");
            Add("SHA-256", certificate.Sha256Fingerprint);
            Add("serial number", certificate.SerialNumber);
        }
    }
}
