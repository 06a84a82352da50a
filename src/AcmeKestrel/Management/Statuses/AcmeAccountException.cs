namespace AcmeKestrel;

/// <summary>What was asked of an account could not be done; the message is a sentence for the operator and says what became of it. Where the CA refused, the inner exception is its <see cref="Protocol.AcmeException"/>.</summary>
public sealed class AcmeAccountException(string message, Exception? inner = null) : Exception(message, inner);
