namespace AcmeKestrel.Storage;

/// <summary>Proof of a lease; a store refuses a write with a smaller token than it has seen for the resource.</summary>
public readonly record struct Fence(string Resource, long Token);
