using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;
using AcmeKestrel.Tests.Certificates;
using AcmeKestrel.Tests.Protocol;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Answers as large as they are read, filled with the smallest of everything: what the short inputs of fuzzing cannot show of a parser's memory.</summary>
public sealed class LargestAnswerTests
{
    private const string Url = ScriptedCa.Base + "/x/7";
    private const int ErrorLimit = 256 * 1024;
    private const int HeaderLimit = 64 * 1024;

    /// <summary>As in <see cref="JsonFuzzTests"/>.</summary>
    private const int BytesPerByte = 64;

    private const int Constant = 256 * 1024;

    public static TheoryData<string, string, string, string> Bodies => new()
    {
        { "order", """{"status":"pending","finalize":"https://c.test/","authorizations":[],"identifiers":[""", """{"type":"dns","value":"a.b"}""", "]}" },
        { "order", """{"status":"pending","finalize":"https://c.test/","identifiers":[],"authorizations":[""", "\"https://c\"", "]}" },
        { "order", """{"status":"pending","finalize":"https://c.test/","identifiers":[],"authorizations":[],"error":{"subproblems":[""", "{}", "]}}" },
        { "authorization", """{"status":"pending","identifier":{"type":"dns","value":"a.b"},"challenges":[""", "{}", "]}" },
        { "authorization", """{"status":"pending","identifier":{"type":"dns","value":"a.b"},"challenges":[""", """{"type":"","url":"https://c"}""", "]}" },
        { "account", """{"status":"valid","contact":[""", "\"\"", "]}" },
        { "list of orders", """{"orders":[""", "\"x\"", "]}" },
        { "list of orders", """{"orders":[""", "\"https://c\"", "]}" },
        { "renewal info", """{"suggestedWindow":{"start":"2026-12-01T00:00:00Z","end":"2026-12-02T00:00:00Z"},"x":[""", "[]", "]}" },
        { "directory", """{"newNonce":"https://c/","newAccount":"https://c/","newOrder":"https://c/","meta":{"caaIdentities":[""", "\"\"", "]}}" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_resource_is_read_or_refused_in_memory_that_goes_with_its_size(string what, string start, string item, string end)
    {
        var body = Fill(start, item, end, AcmePost.JsonLimit);
        var response = new AcmeResponse(Url, 200, body);

        Allocation.Within(BytesPerByte, Constant, body.Length, () => ReadOrRefuse(() => what switch
        {
            "order" => OrderReader.Read(response, Url),
            "authorization" => AuthorizationReader.Read(response, Url),
            "account" => AccountReader.Read(response),
            "list of orders" => OrderList.ReadPage(response),
            "renewal info" => RenewalInfoReader.Read(response),
            _ => (object)DirectoryReader.Read(response),
        }));
    }

    [Fact]
    public void Profiles_without_end()
    {
        var body = Encoding.ASCII.GetBytes("""{"newNonce":"https://c/","newAccount":"https://c/","newOrder":"https://c/","meta":{"profiles":{""" + string.Join(',', Enumerable.Range(0, 90_000).Select(number => $"\"{number:x}\":\"\"")) + "}}}");

        Allocation.Within(BytesPerByte, Constant, body.Length, () => DirectoryReader.Read(new AcmeResponse(Url, 200, body)));
    }

    [Theory]
    [InlineData("{\"subproblems\":[", "{}", "]}")]
    [InlineData("{\"algorithms\":[", "\"\"", "]}")]
    [InlineData("{\"subproblems\":[{\"subproblems\":[{\"subproblems\":[{\"subproblems\":[{\"subproblems\":[{\"subproblems\":[{\"subproblems\":[{\"subproblems\":[", "{\"detail\":\"twenty characters or so\"}", "]}]}]}]}]}]}]}]}")]
    public void A_problem_is_told_in_memory_that_goes_with_its_size(string start, string item, string end)
    {
        var body = Fill(start, item, end, ErrorLimit);
        var response = new AcmeResponse(Url, 400, body);

        var fault = Allocation.Within(BytesPerByte, Constant, body.Length, () => ProblemFaults.From(response, ProblemReader.Read(body), isNewAccount: false));

        Assert.InRange(fault.Message.Length, 1, 12_000);
    }

    [Theory]
    [InlineData("<x>;rel=next")]
    [InlineData("<>;rel=")]
    [InlineData(";")]
    public void A_header_is_read_in_memory_that_goes_with_its_size(string link)
    {
        var field = Encoding.ASCII.GetString(Fill("", link, "", HeaderLimit));

        Allocation.Within(BytesPerByte, Constant, field.Length, () => LinkHeader.Targets([field], "next"));
    }

    [Fact]
    public void A_chain_is_read_checked_and_compared_in_memory_that_goes_with_its_size()
    {
        var key = CertificateKey.Create(AcmeKeyType.P256);
        var pem = TestChain.CreatePem(key, "a.test");
        var body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(pem, AcmePost.CertificateLimit / pem.Length)));

        Allocation.Within(BytesPerByte, Constant, body.Length, () =>
        {
            try
            {
                var chain = CertificateChain.ParsePem(body);
                return IssuedCertificateCheck.FindFault(chain, key, [AcmeIdentifier.Parse("a.test")]) is null && ChainIssuer.IsTopmost(chain, "x");
            }
            catch (FormatException)
            {
                return false;
            }
        });
    }

    private static byte[] Fill(string start, string item, string end, int size)
    {
        var count = (size - start.Length - end.Length) / (item.Length + 1);
        return Encoding.ASCII.GetBytes($"{start}{string.Join(',', Enumerable.Repeat(item, count))}{end}");
    }

    private static bool ReadOrRefuse(Func<object> read)
    {
        try
        {
            read();
            return true;
        }
        catch (AcmeException refused) when (refused.Fault is AcmeFault.Protocol)
        {
            return false;
        }
    }
}
