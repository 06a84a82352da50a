using System.Text;

namespace AcmeKestrel.Protocol.Messages;

/// <summary>
/// <c>Link</c> headers (RFC 8288 section 3): several links in one field or several fields, parameters quoted or not. What cannot be read is skipped.
/// </summary>
internal static class LinkHeader
{
    /// <summary>The targets with this relation, as they stand in the header; the caller resolves and checks them.</summary>
    public static IReadOnlyList<string> Targets(IEnumerable<string> fields, string relation)
    {
        var targets = new List<string>();
        foreach (var field in fields)
        {
            var reader = new Reader(field);
            while (reader.TryReadTarget(out var target))
            {
                var relations = reader.ReadRelations();
                if (relations is not null && HasRelation(relations, relation)) targets.Add(target);
            }
        }

        return targets;
    }

    private static bool HasRelation(string relations, string relation) =>
        relations.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Contains(relation, StringComparer.OrdinalIgnoreCase);

    private ref struct Reader(string text)
    {
        private readonly string _text = text;
        private int _at;

        public bool TryReadTarget(out string target)
        {
            target = "";
            var open = _text.IndexOf('<', _at);
            var close = open < 0 ? -1 : _text.IndexOf('>', open);
            if (close < 0) return false;

            target = _text[(open + 1)..close].Trim();
            _at = close + 1;
            return true;
        }

        /// <summary>Reads all parameters of one link; the first <c>rel</c> counts (RFC 8288 section 3.3). Null also where the link is another resource's (<c>anchor</c>, section 3.2).</summary>
        public string? ReadRelations()
        {
            var isAnothers = false;
            string? relations = null;
            while (SkipTo(';'))
            {
                SkipBlanks();
                var name = ReadToken();
                SkipBlanks();
                var value = "";
                if (_at < _text.Length && _text[_at] == '=')
                {
                    _at++;
                    SkipBlanks();
                    value = _at < _text.Length && _text[_at] == '"' ? ReadQuoted() : ReadToken();
                }

                if (name.Equals("rel", StringComparison.OrdinalIgnoreCase)) relations ??= value;
                else if (name.Equals("anchor", StringComparison.OrdinalIgnoreCase)) isAnothers = true;
            }

            return isAnothers ? null : relations;
        }

        /// <summary>Moves behind the separator; stops at the comma that ends the link.</summary>
        private bool SkipTo(char separator)
        {
            while (_at < _text.Length)
            {
                var c = _text[_at];
                if (c == ',') return false;
                if (c == '"')
                {
                    ReadQuoted();
                    continue;
                }

                _at++;
                if (c == separator) return true;
            }

            return false;
        }

        private void SkipBlanks()
        {
            while (_at < _text.Length && _text[_at] is ' ' or '\t') _at++;
        }

        private string ReadToken()
        {
            var start = _at;
            while (_at < _text.Length && _text[_at] is not (';' or ',' or '=' or '"' or ' ' or '\t')) _at++;
            return _text[start.._at];
        }

        private string ReadQuoted()
        {
            var value = new StringBuilder();
            for (_at++; _at < _text.Length; _at++)
            {
                var c = _text[_at];
                if (c == '"')
                {
                    _at++;
                    break;
                }

                if (c == '\\' && _at + 1 < _text.Length) c = _text[++_at];
                value.Append(c);
            }

            return value.ToString();
        }
    }
}
