namespace AcmeKestrel.Storage;

/// <summary>An optional ability of a store: shows one generation of each label to programs outside (the link <c>certs/&lt;name&gt;</c> of the state directory).</summary>
internal interface ICertificateView
{
    /// <summary>The state directory.</summary>
    string Root { get; }

    /// <summary>Where programs outside find the label's certificate, whether or not there is one.</summary>
    string PathOf(string label);

    /// <summary>Shows this generation under the label from now on; atomic. The truth about what is current stays with the newest generation record.</summary>
    ValueTask SwitchAsync(string label, string generation, CancellationToken cancellationToken);

    /// <summary>The generation that is shown under the label; null: none.</summary>
    ValueTask<string?> FindShownAsync(string label, CancellationToken cancellationToken);

    /// <summary>Shows nothing under the label any more.</summary>
    ValueTask HideAsync(string label, CancellationToken cancellationToken);
}
