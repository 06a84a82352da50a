using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration.Hooks;

/// <summary>Checks <c>Acme:Hooks</c>. Whether a program is there, and may be trusted, is looked at when it is to be called: that may be mended while the application runs.</summary>
internal sealed class HookParser(AcmeConfigurationSection section, ValueReader values, ProblemList problems)
{
    private const string Key = nameof(AcmeOptions.Hooks);

    public HookSettings Parse(AcmeHooksOptions? options) => options is null
        ? HookSettings.None
        : new HookSettings(
            AbsolutePath($"{Key}:{nameof(options.Directory)}", options.Directory),
            [.. (options.Programs ?? []).Select(program => Program(program.Key, program.Value ?? new())).OfType<HookProgram>()],
            [.. (options.Webhooks ?? []).Select(webhook => Webhook(webhook.Key, webhook.Value ?? new())).OfType<HookWebhook>()]);

    private HookProgram? Program(string name, AcmeHookProgramOptions options)
    {
        var key = $"{Key}:{nameof(AcmeHooksOptions.Programs)}:{name}";
        CheckName(key, name);
        var command = AbsolutePath($"{key}:{nameof(options.Command)}", options.Command);
        if (ValueReader.Text(options.Command) is null) problems.Add($"{key}:{nameof(options.Command)}", "is missing.");
        var protocol = values.Choice<HookProtocol>($"{key}:{nameof(options.Protocol)}", options.Protocol) ?? HookProtocol.Acme;
        var events = Events($"{key}:{nameof(options.Events)}", options.Events) ?? [AcmeHookEvent.LiveUpdated];
        var json = values.Flag($"{key}:{nameof(options.Json)}", options.Json) ?? false;
        if (protocol is HookProtocol.Certbot)
        {
            if (events.Any(happened => happened is not AcmeHookEvent.LiveUpdated)) problems.Add($"{key}:{nameof(options.Events)}", "a deploy hook of certbot knows live-updated alone.");
            if (json) problems.Add($"{key}:{nameof(options.Json)}", "a deploy hook of certbot reads no JSON.");
        }

        var arguments = Arguments($"{key}:{nameof(options.Args)}", options.Args);
        return command is null ? null : new HookProgram(name.ToLowerInvariant(), command, arguments, events) { Json = json, Protocol = protocol };
    }

    /// <summary>An empty one is an argument like any other, null (JSON's) is none.</summary>
    private SettingList<string> Arguments(string key, List<string>? texts)
    {
        var arguments = new List<string>();
        foreach (var (at, text) in section.ItemKeys(key, texts?.Count ?? 0).Zip(texts ?? []))
        {
            if (text is null) continue;
            if (text.Contains('\0', StringComparison.Ordinal)) problems.Add(at, "has a NUL character, which no argument can have.");
            arguments.Add(text);
        }

        return [.. arguments];
    }

    private HookWebhook? Webhook(string name, AcmeWebhookOptions options)
    {
        var key = $"{Key}:{nameof(AcmeHooksOptions.Webhooks)}:{name}";
        CheckName(key, name);
        var url = Url($"{key}:{nameof(options.Url)}", options.Url);
        var (secret, file) = (ValueReader.Text(options.Secret), ValueReader.Text(options.SecretFile));
        if (secret is null == file is null) problems.Add($"{key}:{nameof(options.Secret)}", $"one of {nameof(options.Secret)} and {nameof(options.SecretFile)} is to be set, and only one.");
        if (secret?.Length < HookWebhook.ShortestSecret) problems.Add($"{key}:{nameof(options.Secret)}", $"has less than {HookWebhook.ShortestSecret} characters.");
        var events = Events($"{key}:{nameof(options.Events)}", options.Events) ?? [.. HookEvents.All.Where(happened => happened is not AcmeHookEvent.Renewing)];
        return url is null ? null : new HookWebhook(name.ToLowerInvariant(), url, secret, file, events);
    }

    /// <summary>Null: nothing is said.</summary>
    private SettingList<AcmeHookEvent>? Events(string key, List<string>? words)
    {
        var events = new List<AcmeHookEvent>();
        foreach (var (at, said) in section.Items(key, words))
        {
            if (HookEvents.Find(said) is not { } known) problems.Add(at, $"'{said}' is none of {string.Join(", ", HookEvents.AllWords)}.");
            else if (!events.Contains(known)) events.Add(known);
        }

        return events.Count > 0 ? [.. events] : null;
    }

    private void CheckName(string key, string name)
    {
        if (!HookName.Is(name))
        {
            problems.Add(key, $"'{name}' is no name of a hook: letters, digits, '.', '-' and '_', a letter or a digit first, at most {HookName.Longest}.");
        }
    }

    private string? AbsolutePath(string key, string? text)
    {
        if (ValueReader.Text(text) is not { } path) return null;
        if (Path.IsPathFullyQualified(path) && !path.Contains('\0', StringComparison.Ordinal)) return path;

        problems.Add(key, $"'{path}' is no absolute path.");
        return null;
    }

    private Uri? Url(string key, string? text)
    {
        if (ValueReader.Text(text) is { } said) return SafeUrl.Read(said, problem => problems.Add(key, problem), users: ", which would stand in logs; the signature tells who sends");

        problems.Add(key, "is missing.");
        return null;
    }
}
