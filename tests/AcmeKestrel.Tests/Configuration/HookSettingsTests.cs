using AcmeKestrel.Configuration.Hooks;

namespace AcmeKestrel.Tests.Configuration;

public sealed class HookSettingsTests
{
    [Fact]
    public void Hooks_are_read_as_they_are_written()
    {
        var hooks = TestConfiguration.Read(
            ("Acme:Hooks:Directory", "/usr/lib/acme/hooks"),
            ("Acme:Hooks:Programs:Reload:Command", "/usr/bin/systemctl"),
            ("Acme:Hooks:Programs:Reload:Args:0", "reload"),
            ("Acme:Hooks:Programs:Reload:Args:1", "nginx"),
            ("Acme:Hooks:Programs:Reload:Protocol", "Plain"),
            ("Acme:Hooks:Webhooks:chat:Url", "http://127.0.0.1:8080/acme"),
            ("Acme:Hooks:Webhooks:chat:SecretFile", "/run/secret"),
            ("Acme:Hooks:Webhooks:chat:Events:0", "failed")).Hooks;

        Assert.Equal("/usr/lib/acme/hooks", hooks.Directory);
        var program = Assert.Single(hooks.Programs);
        Assert.Equal(("reload", "/usr/bin/systemctl", HookProtocol.Plain, false), (program.Name, program.Command, program.Protocol, program.Json));
        Assert.Equal(["reload", "nginx"], program.Arguments);
        Assert.Equal([AcmeHookEvent.LiveUpdated], program.Events);
        var webhook = Assert.Single(hooks.Webhooks);
        Assert.Equal(("chat", "http://127.0.0.1:8080/acme", null, "/run/secret"), (webhook.Name, webhook.Url.AbsoluteUri, webhook.Secret, webhook.SecretFile));
        Assert.Equal([AcmeHookEvent.Failed], webhook.Events);
    }

    /// <summary>An empty argument is one; <c>null</c> is none.</summary>
    [Fact]
    public void An_argument_may_be_empty_and_null_is_none()
    {
        var hooks = TestConfiguration.Read(
            ("Acme:Hooks:Programs:x:Command", "/bin/true"), ("Acme:Hooks:Programs:x:Args:0", null), ("Acme:Hooks:Programs:x:Args:1", ""), ("Acme:Hooks:Programs:x:Args:2", "last")).Hooks;

        Assert.Equal(["", "last"], Assert.Single(hooks.Programs).Arguments);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once_under_its_key_and_no_secret_with_it()
    {
        var problems = TestConfiguration.Problems(
            ("Acme:Hooks:Programs:none:Events:0", "issued"),
            ("Acme:Hooks:Programs:.hidden:Command", "/bin/true"),
            ("Acme:Hooks:Programs:nul:Command", "/bin/true"),
            ("Acme:Hooks:Programs:nul:Args:0", "a\0b"),
            ("Acme:Hooks:Programs:certbot:Command", "/bin/true"),
            ("Acme:Hooks:Programs:certbot:Protocol", "Certbot"),
            ("Acme:Hooks:Programs:certbot:Json", "true"),
            ("Acme:Hooks:Programs:certbot:Events:0", "failed"),
            ("Acme:Hooks:Webhooks:both:Url", "https://user:pass@hooks.example.com/"),
            ("Acme:Hooks:Webhooks:both:Secret", "tiny"),
            ("Acme:Hooks:Webhooks:both:SecretFile", "/run/secret"),
            ("Acme:Hooks:Webhooks:neither:Secret", " "));

        Assert.Equal(
            [
                "Acme:Hooks:Programs:.hidden: '.hidden' is no name of a hook: letters, digits, '.', '-' and '_', a letter or a digit first, at most 64.",
                "Acme:Hooks:Programs:certbot:Events: a deploy hook of certbot knows live-updated alone.",
                "Acme:Hooks:Programs:certbot:Json: a deploy hook of certbot reads no JSON.",
                "Acme:Hooks:Programs:none:Command: is missing.",
                "Acme:Hooks:Programs:nul:Args:0: has a NUL character, which no argument can have.",
                "Acme:Hooks:Webhooks:both:Secret: has less than 16 characters.",
                "Acme:Hooks:Webhooks:both:Secret: one of Secret and SecretFile is to be set, and only one.",
                "Acme:Hooks:Webhooks:both:Url: has a user or a password in it, which would stand in logs; the signature tells who sends.",
                "Acme:Hooks:Webhooks:neither:Secret: one of Secret and SecretFile is to be set, and only one.",
                "Acme:Hooks:Webhooks:neither:Url: is missing.",
            ],
            problems.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(problems, problem => problem.Contains("tiny", StringComparison.Ordinal) || problem.Contains("pass@", StringComparison.Ordinal));
    }
}
