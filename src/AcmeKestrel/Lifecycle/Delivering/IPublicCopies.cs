namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What is written elsewhere for programs outside (<c>Acme:Exports</c>): there before they are told.</summary>
internal interface IPublicCopies
{
    /// <summary>Brings them to what is current of the label. One that cannot be written now is tried again by itself, and keeps nobody from being told of the others.</summary>
    Task BringAsync(string label, CancellationToken cancellationToken);
}
