namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>Hears of stored certificates that were looked at when somebody used them.</summary>
internal interface ISuspects
{
    /// <summary>The generation cannot be served, or is not what its record said: the label is to be read anew by its own work.</summary>
    void Suspect(string label, string generation);
}
