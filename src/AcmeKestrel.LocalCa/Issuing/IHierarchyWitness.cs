namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Is told what became of the CA's own certificates and keys.</summary>
internal interface IHierarchyWitness
{
    /// <summary>A new root, with its intermediate.</summary>
    void Made(string rootPath);

    /// <summary>A root that was there is made anew.</summary>
    void Replaces(string rootPath, string reason);

    /// <summary>The folder or a key was open to others.</summary>
    void WasOpen(string path, UnixFileMode mode, bool isClosed);
}
