namespace AcmeKestrel.Storage;

/// <summary>An optional ability of a store: shows accounts by mail and provider to people and programs outside (the links <c>accounts/&lt;mail&gt;/&lt;provider&gt;</c> of the state directory).</summary>
internal interface IAccountView
{
    /// <summary>Shows this account record under the mail and the provider's name from now on; atomic.</summary>
    ValueTask LinkAsync(string mail, string provider, string accountName, CancellationToken cancellationToken);

    /// <summary>Shows nothing under the mail and the provider's name any more.</summary>
    ValueTask UnlinkAsync(string mail, string provider, CancellationToken cancellationToken);
}
