using System.Text;
using AcmeKestrel.Hooks.Programs;
using CsCheck;

namespace AcmeKestrel.Tests.Hooks;

public sealed class ProgramOutputTests
{
    private const string Base64 = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";

    [Theory]
    [InlineData("one\ntwo\r\nthree", "one | two | three")]
    [InlineData("\n\n  \nlast", "last")]
    [InlineData("red \u001b[31mtext\u001b[0m", "red  [31mtext [0m")]
    [InlineData("before\n-----BEGIN PRIVATE KEY-----\n" + Base64 + "\nshort==\n-----END PRIVATE KEY-----\nafter", "before | [a private key] | after")]
    [InlineData("key: -----BEGIN EC PRIVATE KEY-----\\n" + Base64 + "\\n-----END EC PRIVATE KEY----- and more", "key: [a private key] and more")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nnever ended\nsecret", "[a private key]")]
    [InlineData("the rest of a key:\n" + Base64, "the rest of a key: | [...]")]
    [InlineData("/usr/local/share/applications/of/some/program", "[...]")]
    [InlineData("cannot read /usr/local/share/applications/of/some/program", "cannot read /usr/local/share/applications/of/some/program")]
    public void Keys_and_control_characters_are_not_shown(string said, string shown) => Assert.Equal(shown, OutputOf(Encoding.UTF8.GetBytes(said)));

    /// <summary>However its bytes come.</summary>
    [Fact]
    public void Whatever_is_said_the_output_is_bounded_plain_and_free_of_keys() => Gen.Byte.Array[0, 3000].Select(Gen.Int[1, 700], Gen.Int[0, 3000]).Sample(
        (bytes, step, at) =>
        {
            var key = Encoding.UTF8.GetBytes($"\n-----BEGIN PRIVATE KEY-----\n{Base64}\n-----END PRIVATE KEY-----\n");
            var said = bytes[..Math.Min(at, bytes.Length)].Concat(key).Concat(bytes[Math.Min(at, bytes.Length)..]).ToArray();
            var output = new ProgramOutput();
            foreach (var chunk in said.Chunk(step)) output.Add(chunk);
            var shown = output.End();

            Assert.DoesNotContain(Base64[..20], shown, StringComparison.Ordinal);
            Assert.InRange(shown.Length, 0, 8000);
            Assert.DoesNotContain(shown, char.IsControl);
        },
        iter: 2000);

    private static string OutputOf(byte[] said)
    {
        var output = new ProgramOutput();
        output.Add(said);
        return output.End();
    }
}
