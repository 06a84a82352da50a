using System.Text;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for the URLs a CA sends: what passes is https, and what is requested is what was written (RFC 8555 section 6.4).</summary>
public sealed class UrlFuzzTests
{
    private const int BytesPerCharacter = 64;

    /// <summary>The platform keeps a table of the schemes it has seen, up to 512, and now and then that grows.</summary>
    private const int Constant = 64 * 1024;

    private static readonly Gen<string> Authority = Gen.OneOf(
        "ca.example.test", "ca.example.test:443", "CA.Example.Test:14000", "192.0.2.7", "[2001:db8::7]:8443", "xn--bcher-kva.test", "localhost", "ca.example.test:0", "ca.example.test:65535");

    private static readonly Gen<string> Path = Gen.Char["abZ09-._~!$&'()*+,;=:@%/?"].Array[0, 20].Select(path => new string(path));

    private static readonly Gen<string> Https = Gen.Select(Gen.OneOf("https://", "HTTPS://"), Authority, Gen.OneOf("", "/", "?", "/x/../", "/%2e%2e/"), Path, (scheme, authority, first, path) =>
        scheme + authority + (first.Length == 0 && path.Length > 0 ? "/" : first) + path).Where(AcmeUrl.IsHttps);

    private static readonly Gen<string> Reference = Gen.OneOf(
        Https,
        Path,
        Gen.Select(Gen.OneOf("/", "//", "///", "?", "./", "../", "https:", "https:/", "http://", "ftp://", "javascript:", "1:", ":", "//user@", "https://user@", "//[", "https://[::1", "%"), Path, (first, path) => first + path),
        Mutation.Of(Https.Select(Encoding.Latin1.GetBytes)).Select(Encoding.Latin1.GetString),
        Gen.String);

    [Fact]
    public void Any_URL_is_refused_or_requested_as_it_is_written() => Reference.Sample(
        text =>
        {
            if (!Allocation.Within(BytesPerCharacter, Constant, text.Length, () => AcmeUrl.IsHttps(text)))
            {
                var fault = Assert.Throws<AcmeException>(() => AcmeUrl.ToUri(text));
                Assert.DoesNotContain(fault.Message, char.IsControl);
                return;
            }

            var uri = AcmeUrl.ToUri(text);
            var (authority, rest) = Split(text);
            Assert.Equal("https", uri.Scheme);

            // The platform reads an address in short or octal form as the address it is, and compresses IPv6.
            if (uri.HostNameType == UriHostNameType.Dns) Assert.Equal(authority.Split(':')[0], uri.Host, ignoreCase: true);
            Assert.DoesNotContain('@', authority);

            // What goes into the request line, where an empty path is a slash.
            Assert.Equal(rest.StartsWith('/') ? rest : "/" + rest, uri.PathAndQuery);
        },
        iter: FuzzCases.Count,
        threads: 1);

    [Fact]
    public void A_reference_is_resolved_against_what_was_requested() => Gen.Select(Https, Reference).Sample(
        (request, reference) =>
        {
            var resolved = Allocation.Within(BytesPerCharacter, Constant, request.Length + reference.Length, () => AcmeUrl.Resolve(request, reference));
            if (resolved is null || !AcmeUrl.IsHttps(resolved)) return;

            if (AcmeUrl.IsHttps(reference)) Assert.Equal(reference, resolved);
            else if (reference.StartsWith("//", StringComparison.Ordinal)) Assert.Equal("https:" + reference, resolved);
            else if (reference.StartsWith('/')) Assert.Equal("https://" + Split(request).Authority + reference, "https://" + resolved["https://".Length..]);
            else if (!reference.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) Assert.Equal(AcmeUrl.ToUri(request).Authority, AcmeUrl.ToUri(resolved).Authority);
        },
        iter: FuzzCases.Count,
        threads: 1);

    /// <summary>RFC 3986 section 3.2, read without <see cref="Uri"/>.</summary>
    private static (string Authority, string Path) Split(string url)
    {
        var authority = url["https://".Length..];
        var end = authority.IndexOfAny(['/', '?']);
        return end < 0 ? (authority, "") : (authority[..end], authority[end..]);
    }
}
