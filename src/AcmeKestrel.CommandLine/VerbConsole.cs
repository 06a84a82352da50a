using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AcmeKestrel.CommandLine;

/// <summary>Where a verb tells what it did, and asks.</summary>
/// <param name="output">The answer.</param>
/// <param name="error">What went wrong, questions and progress: whoever reads the answer with a program sees none of it.</param>
/// <param name="input">Null: nobody is there who could answer.</param>
/// <param name="isTerminal">A person watches <paramref name="error"/>.</param>
internal sealed class VerbConsole(TextWriter output, TextWriter error, TextReader? input, bool isTerminal, bool isJson)
{
    private bool _hasProgress;

    public bool IsJson { get; } = isJson;

    public Task LineAsync(string line) => output.WriteLineAsync(OneLine(line));

    /// <summary>The answer as a program reads it.</summary>
    public Task JsonAsync<T>(T answer, JsonTypeInfo<T> type) => output.WriteLineAsync(JsonSerializer.Serialize(answer, type));

    public async Task ErrorAsync(string message)
    {
        await ProgressOverAsync().ConfigureAwait(false);
        await error.WriteLineAsync(Lines(message)).ConfigureAwait(false);
    }

    /// <summary>The words for a label that nobody wishes, and its exit code.</summary>
    public async Task<int> NothingWishedAsync(string label)
    {
        await ErrorAsync($"Nothing is wished under '{label}'. 'acme status' lists what is.").ConfigureAwait(false);
        return AcmeExitCode.Error;
    }

    public Task NoStateAsync(string directory) => ErrorAsync($"There is no state at {directory}: no server has run on it yet. Acme:StateDirectory names another one.");

    /// <summary>Which state is worked on: in a folder that nobody meant, no server would read what is done now. One in an engine has none.</summary>
    public Task StateAsync(IAcmeState state) =>
        state.Directory is { } directory ? ErrorAsync(state.Exists ? $"The state is {directory}." : $"There is no state yet: {directory} is made.") : Task.CompletedTask;

    /// <summary>What is under way: one line that changes on a terminal, a line each elsewhere.</summary>
    public async Task ProgressAsync(string line)
    {
        if (!isTerminal)
        {
            await error.WriteLineAsync(OneLine(line)).ConfigureAwait(false);
            return;
        }

        _hasProgress = true;
        await error.WriteAsync($"\r\u001b[K{OneLine(line)}").ConfigureAwait(false);
        await error.FlushAsync().ConfigureAwait(false);
    }

    public async Task ProgressOverAsync()
    {
        if (!_hasProgress) return;

        _hasProgress = false;
        await error.WriteAsync("\r\u001b[K").ConfigureAwait(false);
        await error.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Tells what will come of it, and asks. False: the answer was no. Null: nobody is there to answer.</summary>
    public async Task<bool?> AskAsync(string consequence)
    {
        await error.WriteLineAsync(Lines(consequence)).ConfigureAwait(false);
        if (input is null) return null;

        await error.WriteAsync("Go on? [y/N] ").ConfigureAwait(false);
        await error.FlushAsync().ConfigureAwait(false);
        return await input.ReadLineAsync().ConfigureAwait(false) is { } answer ? answer.Trim() is "y" or "Y" or "yes" : null;
    }

    /// <summary>A reason may quote a CA, which may send anything: nothing that moves the cursor, and nothing that turns the direction of what follows.</summary>
    public static string OneLine(string text) => string.Concat(text.Select(character => char.IsControl(character) || char.GetUnicodeCategory(character) is UnicodeCategory.Format ? ' ' : character));

    /// <summary>Our own messages may have lines.</summary>
    private static string Lines(string text) => string.Join(Environment.NewLine, text.ReplaceLineEndings("\n").Split('\n').Select(OneLine));
}
