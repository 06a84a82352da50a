using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Hooks.Programs;

namespace AcmeKestrel.Hooks;

/// <summary>Who is told now: programs and webhooks of the settings, what is in the folder, and the application's own.</summary>
internal sealed class HookList(IAcmeSettings settings, IEnumerable<ICertificateHook> code, HookFolder folder, ProgramCalls programs, WebhookSender webhooks, TimeProvider time)
{
    private readonly IReadOnlyList<IHook> _code = Named(code, time);

    /// <summary>In the order in which they were registered, configured and found.</summary>
    public IReadOnlyList<IHook> Now()
    {
        var wanted = settings.Current.Hooks;
        if (wanted is { Directory: null, Programs: [], Webhooks: [] }) return _code;

        var hooks = new List<IHook>(_code);
        hooks.AddRange(wanted.Programs.Select(program => new ProgramHook(HookNames.Of(HookNames.Program, program.Name), program, programs)));
        if (wanted.Directory is { } directory)
        {
            hooks.AddRange(folder.List(directory).Select(path => new ProgramHook(
                HookNames.Of(HookNames.Folder, Path.GetFileName(path)), new HookProgram(Path.GetFileName(path), path, [], HookEvents.All), programs)));
        }

        hooks.AddRange(wanted.Webhooks.Select(webhook => new WebhookHook(HookNames.Of(HookNames.Webhook, webhook.Name), webhook, webhooks)));
        return hooks;
    }

    /// <summary>Whether what is owed to one that is not there now stays owed: the folder may be unreadable for a moment.</summary>
    public bool MayComeBack(string id) =>
        HookNames.KindOf(id) == HookNames.Folder && settings.Current.Hooks.Directory is { } directory && !folder.IsReadable(directory);

    private static List<IHook> Named(IEnumerable<ICertificateHook> code, TimeProvider time)
    {
        var hooks = new List<IHook>();
        foreach (var hook in code)
        {
            var (name, count) = (HookNames.Of(HookNames.Code, HookNames.Plain(hook.Name)), 1);
            var id = name;
            while (hooks.Exists(other => other.Id == id)) id = $"{name}.{++count}";
            hooks.Add(new CodeHook(id, hook, time));
        }

        return hooks;
    }
}
