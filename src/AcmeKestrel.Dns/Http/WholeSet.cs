using System.Text.Json;

namespace AcmeKestrel.Dns.Http;

/// <summary>Records of services that know a name's values as a whole only: read, changed, and written on the condition that nobody has written meanwhile. Another order, or another client, may be at the same name.</summary>
internal static class WholeSet
{
    private const int Tries = 8;

    /// <param name="read">What is there.</param>
    /// <param name="valuesOf">Its values, in the service's own words.</param>
    /// <param name="tryWrite">Instead of what was read; null: it is written. Else it was refused, most likely since that is not what is there any more, and this is the service's reason.</param>
    /// <exception cref="DnsProviderException">It is refused each time.</exception>
    public static async Task ChangeAsync<T>(string name, string value, bool isThere, Func<Task<T>> read, Func<T, IReadOnlyList<string>> valuesOf, Func<T, IReadOnlyList<string>, Task<DnsProviderException?>> tryWrite)
    {
        var (refusal, former, isChanged) = (default(DnsProviderException), default(IReadOnlyList<string>), false);
        for (var tries = 0; tries < Tries; tries++)
        {
            var set = await read().ConfigureAwait(false);
            var values = valuesOf(set);
            if (values.Contains(value) == isThere) return;
            isChanged |= former is not null && !former.SequenceEqual(values);
            former = values;
            refusal = await tryWrite(set, isThere ? [.. values, value] : [.. values.Where(one => one != value)]).ConfigureAwait(false);
            if (refusal is null) return;
        }

        // Where nothing has changed, nobody was faster: it is what was written that the service does not like.
        throw isChanged ? new DnsProviderException($"The records at {name} were changed by somebody else each time they were written, {Tries} times; at last {refusal!.Message}", refusal) : refusal!;
    }
    /// <summary>A value that is there, or a part of it: what cannot be read cannot be written again either, and leaving it out would take it from its owner.</summary>
    /// <exception cref="DnsProviderException">It is no text.</exception>
    public static string TextOf(JsonElement value, string name) =>
        value.FindText() ?? throw new DnsProviderException($"The records at {name} are left as they are: a value among them is no text");

    /// <summary>The same of a value in parts.</summary>
    /// <exception cref="DnsProviderException">They are none, or one is no text.</exception>
    public static IReadOnlyList<string> TextsOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(part => TextOf(part, name))] : [TextOf(value, name)];
}
