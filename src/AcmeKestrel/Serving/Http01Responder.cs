using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AcmeKestrel.Serving;

/// <summary>Answers http-01 probes (RFC 8555 section 8.3) before anything else of the application: host filtering, redirects, authorization and routes have no say in them, and nothing but a live token is answered here.</summary>
internal sealed class Http01Responder(LiveAnswers answers, CertificateTable table, ForwardedHost forwarded, RewrittenHosts rewritten) : IStartupFilter
{
    private const string Prefix = "/.well-known/acme-challenge/";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(rest => context => HandleAsync(context, rest));
        next(app);
    };

    /// <summary>Not asynchronous itself: a plain request pays for nothing but a comparison.</summary>
    private Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Path.Value is not { } path || !path.StartsWith(Prefix, StringComparison.Ordinal)) return next(context);
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return next(context);

        var token = path[Prefix.Length..];
        return ChallengeToken.IsWellFormed(token) && request.Host.HasValue ? AnswerAsync(context, token, next) : next(context);
    }

    private async Task AnswerAsync(HttpContext context, string token, RequestDelegate next)
    {
        var request = context.Request;
        var host = request.Host.Host;
        var keyAuthorization = await FindAsync(context, host, token);
        if (keyAuthorization is null && forwarded.Of(context) is { } believed) keyAuthorization = await FindAsync(context, believed, token);
        if (keyAuthorization is null)
        {
            if (answers.FindOtherHost(host, token) is { } name) rewritten.Tell(host, name);
            await next(context);
            return;
        }

        // ASCII without a byte order mark; a CA compares every byte.
        var body = Encoding.ASCII.GetBytes(keyAuthorization);
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsGet(request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private ValueTask<string?> FindAsync(HttpContext context, string host, string token) => answers.FindHttp01Async(
        host, token, new Asker(context.Connection.RemoteIpAddress, table.Knows(LiveAnswers.Canonical(host))), context.RequestAborted);
}
