using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration.Hooks;

/// <summary>Who else is told of certificates, checked.</summary>
/// <param name="Directory">Absolute path; null: none.</param>
internal sealed record HookSettings(string? Directory, SettingList<HookProgram> Programs, SettingList<HookWebhook> Webhooks)
{
    public static HookSettings None { get; } = new(null, [], []);
}

/// <param name="Name">In small letters.</param>
/// <param name="Command">Absolute path.</param>
internal sealed record HookProgram(string Name, string Command, SettingList<string> Arguments, SettingList<AcmeHookEvent> Events)
{
    /// <summary>One JSON document on its standard input.</summary>
    public bool Json { get; init; }

    public HookProtocol Protocol { get; init; }
}

/// <summary>Either <paramref name="Secret"/> or <paramref name="SecretFile"/> is there.</summary>
/// <param name="Name">In small letters.</param>
internal sealed record HookWebhook(string Name, Uri Url, string? Secret, string? SecretFile, SettingList<AcmeHookEvent> Events)
{
    public const int ShortestSecret = 16;

    /// <summary>Without the secret, whoever shows it.</summary>
    public override string ToString() => Name;
}

/// <summary>How a program is told.</summary>
internal enum HookProtocol
{
    /// <summary>acmetool's: the event's name as the last argument, names on standard input.</summary>
    Acme,

    /// <summary>Its own arguments and no other, for programs that know nothing of hooks.</summary>
    Plain,

    /// <summary>The variables of a deploy hook of certbot.</summary>
    Certbot,
}
