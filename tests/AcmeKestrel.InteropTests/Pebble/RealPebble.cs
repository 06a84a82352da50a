using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>Finds a Pebble, or skips the test and says how to get it.</summary>
internal static class RealPebble
{
    public static PebblePrograms Require(PebbleVersion version)
    {
        if (version == PebbleVersion.Installed) return new PebblePrograms(RealThing.Require("pebble", "pebble"), IsNewest: false);

        var newest = PebblePrograms.Newest(Checkout.Root);
        Assert.SkipUnless(File.Exists(newest.Pebble), $"{newest.Pebble} is missing: .ci/fetch-pebble artifacts/pebble");
        return newest;
    }
}
