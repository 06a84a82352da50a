using AcmeKestrel.CommandLine.Importing;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>import certbot</c>, <c>lego</c>, <c>acmetool</c>.</summary>
internal sealed class ImportClientVerb(string client, string usual, Func<ForeignFolder, Installation> read) : ImportVerb(client, usual)
{
    protected override Installation Read(VerbRun run, ForeignFolder folder) => read(folder);

    protected override string Caution => $"Whether another user's crontab or another program calls {Client} cannot be seen from here: two that renew the same names spend one CA's limits.";
}
