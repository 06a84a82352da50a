namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>The CA wants something of the operator before it goes on with this name.</summary>
internal sealed class HumanNeededException(string message) : Exception(message);
