using System.Text;
using System.Text.Json;
using AcmeKestrel.Configuration.Hooks;

namespace AcmeKestrel.Hooks;

/// <summary>What is told, as one JSON document (docs/hooks.md, "The document"): members are added, none goes or changes its meaning without another version.</summary>
internal static class HookDocument
{
    private const int Version = 1;

    public static byte[] Write(AcmeHookCall call)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("event", HookEvents.WordOf(call.Event));
            json.WriteString("id", call.Id);
            json.WriteString("at", call.At.ToUniversalTime());
            json.WriteNumber("attempt", call.Attempt);
            json.WriteBoolean("test", call.IsTest);
            json.WriteString("stateDirectory", call.StateDirectory);
            json.WriteStartArray("certificates");
            foreach (var certificate in call.Certificates) Write(json, certificate);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>The names of the folders in <c>certs/</c>, one a line: a wildcard's is <c>_.example.com</c>, so no line means anything to a shell.</summary>
    public static byte[] Lines(AcmeHookCall call) => Encoding.UTF8.GetBytes(string.Concat(call.Certificates.Select(certificate => $"{FolderOf(certificate)}\n")));

    private static string FolderOf(AcmeHookCertificate certificate) => certificate.Path is { } path ? Path.GetFileName(path) : certificate.Label;

    private static void Write(Utf8JsonWriter json, AcmeHookCertificate certificate)
    {
        json.WriteStartObject();
        json.WriteString("label", certificate.Label);
        json.WriteStartArray("names");
        foreach (var name in certificate.Names) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteString("generation", certificate.Generation);
        Write(json, "notBefore", certificate.NotBefore);
        Write(json, "notAfter", certificate.NotAfter);
        json.WriteString("path", certificate.Path);
        json.WriteString("reason", certificate.Reason);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, DateTimeOffset? moment)
    {
        if (moment is { } known) json.WriteString(name, known.ToUniversalTime());
        else json.WriteNull(name);
    }
}
