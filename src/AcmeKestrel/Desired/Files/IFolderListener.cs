namespace AcmeKestrel.Desired.Files;

/// <summary>Whom a watched folder tells; called from any thread, and answered at once.</summary>
internal interface IFolderListener
{
    /// <summary>A file of this name came, changed or went, or is being written.</summary>
    void Touched(string fileName);

    /// <summary>More happened than could be told: nobody knows what. The watch goes on.</summary>
    void Missed();

    /// <summary>The watch has ended.</summary>
    /// <param name="reason">Null: the folder is another one now, or came, or went; it can be watched anew.</param>
    void Lost(string? reason);
}
