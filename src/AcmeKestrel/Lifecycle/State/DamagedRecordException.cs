namespace AcmeKestrel.Lifecycle.State;

/// <summary>A stored record that cannot be used. It is left as it is; what depends on it is held.</summary>
internal sealed class DamagedRecordException(string message, Exception? inner = null) : Exception(message, inner);
