using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Configuration;

/// <summary>The settings in force: after a reload that fails validation these stay the last good ones.</summary>
internal interface IAcmeSettings
{
    /// <summary>The settings now. Read it once per decision.</summary>
    AcmeSettings Current { get; }

    /// <summary>Fires once when <see cref="Current"/> has changed.</summary>
    IChangeToken GetChangeToken();
}
