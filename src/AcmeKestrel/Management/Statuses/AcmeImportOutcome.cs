namespace AcmeKestrel;

/// <summary>What became of a certificate from elsewhere.</summary>
public enum AcmeImportOutcome
{
    /// <summary>It is the label's now, served where the label is wished, and renewed when it is due.</summary>
    Imported,

    /// <summary>It was here already.</summary>
    Present,

    /// <summary>The label has a newer one, which stays.</summary>
    Superseded,

    /// <summary>It cannot be used; nothing has changed.</summary>
    Refused,
}
