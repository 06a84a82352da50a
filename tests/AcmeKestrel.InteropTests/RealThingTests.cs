namespace AcmeKestrel.InteropTests;

public sealed class RealThingTests
{
    [Fact]
    public void A_program_that_is_there_is_found() => Assert.Equal("openssl", Path.GetFileName(RealThing.Require("openssl", "openssl")));
}
