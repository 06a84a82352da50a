namespace AcmeKestrel.Serving;

/// <summary>Whether this Kestrel has the members that <see cref="KestrelInternals"/> names; probed once.</summary>
internal sealed record KestrelShape(bool IsKnown);
