using System.IO.Pipelines;

namespace AcmeKestrel.Management.Control;

/// <summary>Answers one question over a connection.</summary>
internal sealed class ControlDesk(IAcmeCertificates certificates, IAcmeHooks hooks, AcmeServerInfo info, TimeProvider time)
{
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(5);

    /// <exception cref="InvalidDataException">It is no question.</exception>
    /// <exception cref="IOException">The other side has gone.</exception>
    public async Task AnswerAsync(Stream stream, ControlPlace place, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        if (await AskedAsync(reader, cancellationToken).ConfigureAwait(false) is not { } question) return;
        if (question.Verb is ControlVerb.Settled or ControlVerb.Watch && !place.TryWait()) return;

        switch (question.Verb)
        {
            case ControlVerb.Info:
                await SayAsync(stream, new ControlAnswer { Server = info }, cancellationToken).ConfigureAwait(false);
                break;
            case ControlVerb.List:
                foreach (var status in certificates.List()) await SayAsync(stream, new ControlAnswer { Status = status }, cancellationToken).ConfigureAwait(false);
                break;
            case ControlVerb.Get:
                if (await certificates.GetAsync(question.Label ?? "", cancellationToken).ConfigureAwait(false) is { } known) await SayAsync(stream, new ControlAnswer { Status = known }, cancellationToken).ConfigureAwait(false);
                break;
            case ControlVerb.Hooks:
                foreach (var hook in hooks.List()) await SayAsync(stream, new ControlAnswer { Hook = hook }, cancellationToken).ConfigureAwait(false);
                break;
            case ControlVerb.Settled:
                await UntilHangUpAsync(reader, token => WaitUntilSettledAsync(stream, token), cancellationToken).ConfigureAwait(false);
                return;
            case ControlVerb.Watch:
                await UntilHangUpAsync(reader, token => WatchAsync(stream, token), cancellationToken).ConfigureAwait(false);
                return;
        }

        await SayAsync(stream, new ControlAnswer { IsEnd = true }, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ControlQuestion?> AskedAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(LongestQuestion, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        return await ControlLines.ReadAsync(reader, ControlJson.Default.ControlQuestion, either.Token).ConfigureAwait(false);
    }

    private async Task WaitUntilSettledAsync(Stream stream, CancellationToken cancellationToken)
    {
        foreach (var status in await certificates.WaitUntilSettledAsync(cancellationToken).ConfigureAwait(false)) await SayAsync(stream, new ControlAnswer { Status = status }, cancellationToken).ConfigureAwait(false);
        await SayAsync(stream, new ControlAnswer { IsEnd = true }, cancellationToken).ConfigureAwait(false);
    }

    private async Task WatchAsync(Stream stream, CancellationToken cancellationToken)
    {
        await foreach (var change in certificates.WatchAsync(cancellationToken).ConfigureAwait(false)) await SayAsync(stream, new ControlAnswer { Change = change }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What takes long ends with the interest of the other side.</summary>
    private static async Task UntilHangUpAsync(PipeReader reader, Func<CancellationToken, Task> answer, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hangUp = HangUpAsync();
        try
        {
            await answer(over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await hangUp.ConfigureAwait(false);
        }

        async Task HangUpAsync()
        {
            try
            {
                await ControlLines.ReadAsync(reader, ControlJson.Default.ControlQuestion, over.Token).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is IOException or InvalidDataException or OperationCanceledException)
            {
            }

            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    private static Task SayAsync(Stream stream, ControlAnswer answer, CancellationToken cancellationToken) => ControlLines.WriteAsync(stream, answer, ControlJson.Default.ControlAnswer, cancellationToken);
}
