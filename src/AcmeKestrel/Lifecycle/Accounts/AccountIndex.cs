using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// By what the records of one CA are found. It says where to look and not what is there: a name too many costs a read, and of what was listed or written here none is missing.
/// </summary>
internal sealed class AccountIndex
{
    private readonly Lock _gate = new();

    /// <summary>Names of records, and since when they are known under the topic.</summary>
    private readonly Dictionary<AccountTopic, Dictionary<string, long>> _names = [];
    private long _last;

    /// <summary>Those under any of the topics, in the order of their names.</summary>
    public List<RecordKey> Find(params ReadOnlySpan<AccountTopic> topics)
    {
        var found = new SortedSet<string>(RecordKey.NameOrder);
        lock (_gate)
        {
            foreach (var topic in topics)
            {
                if (_names.TryGetValue(topic, out var names)) found.UnionWith(names.Keys);
            }
        }

        return [.. found.Select(name => new RecordKey(RecordKind.Account, name))];
    }

    /// <summary>The record is known, also where it is found by nothing.</summary>
    public bool Has(RecordKey key)
    {
        lock (_gate) return _names.TryGetValue(AccountTopic.Any, out var names) && names.ContainsKey(key.Name);
    }

    /// <summary>Some record is known under the topic.</summary>
    public bool Has(AccountTopic topic)
    {
        lock (_gate) return _names.ContainsKey(topic);
    }

    /// <summary>A record was read, or is written.</summary>
    public void Note(RecordKey key, IReadOnlyList<AccountTopic> topics)
    {
        lock (_gate)
        {
            Drop(key, AccountTopic.Unusable);
            Drop(key, AccountTopic.KeyAlone);
            Add(key, topics, ++_last);
        }
    }

    /// <summary>A record is deleted, or not there: what lies under its name later is another one.</summary>
    public void Forget(RecordKey key, IReadOnlyList<AccountTopic> topics)
    {
        lock (_gate)
        {
            Drop(key, AccountTopic.Any);
            foreach (var topic in topics) Drop(key, topic);
        }
    }

    /// <summary>For <see cref="Replace"/>, before the records are listed.</summary>
    public long Begin()
    {
        lock (_gate) return _last;
    }

    /// <summary>All that there is, but for what was noted meanwhile.</summary>
    public void Replace(List<(RecordKey Key, IReadOnlyList<AccountTopic> Topics)> listed, long begun)
    {
        lock (_gate)
        {
            foreach (var (topic, names) in _names)
            {
                foreach (var (name, since) in names)
                {
                    if (since <= begun) names.Remove(name);
                }

                if (names.Count == 0) _names.Remove(topic);
            }

            foreach (var (key, topics) in listed) Add(key, topics, begun);
        }
    }

    private void Add(RecordKey key, IReadOnlyList<AccountTopic> topics, long since)
    {
        foreach (var topic in topics.Append(AccountTopic.Any))
        {
            if (!_names.TryGetValue(topic, out var names)) _names[topic] = names = new Dictionary<string, long>(1, StringComparer.Ordinal);
            names[key.Name] = Math.Max(since, names.GetValueOrDefault(key.Name));
        }
    }

    private void Drop(RecordKey key, AccountTopic topic)
    {
        if (_names.TryGetValue(topic, out var names) && names.Remove(key.Name) && names.Count == 0) _names.Remove(topic);
    }
}
