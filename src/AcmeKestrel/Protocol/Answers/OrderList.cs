using System.Runtime.CompilerServices;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Pages through an account's orders (RFC 8555 section 7.1.2.1).</summary>
internal static class OrderList
{
    /// <summary>A CA could link its pages in a circle, or for ever.</summary>
    internal const int MaxPages = 1000;

    /// <summary>More than whole URLs fill the largest answer with; of references as short as <c>"x"</c> it holds ten times as many, and each becomes a URL.</summary>
    internal const int MaxOrdersOfAPage = 25_000;

    public static async IAsyncEnumerable<string> ReadAsync(AcmeAccount account, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = (await account.GetAsync(cancellationToken).ConfigureAwait(false)).Orders;
        while (next is { } page)
        {
            if (!seen.Add(page) || seen.Count > MaxPages) throw new AcmeException(AcmeFault.Protocol, $"The pages of {AcmeUrl.Show(page)} have no end.");

            var response = await account.Client.PostAsync(account.Get(page, AcmeOperation.Orders), cancellationToken).ConfigureAwait(false);
            var (orders, following) = ReadPage(response);
            foreach (var order in orders) yield return order;

            next = following;
        }
    }

    /// <summary>The URLs of one page and of the page after it.</summary>
    internal static (IReadOnlyList<string> Orders, string? Next) ReadPage(AcmeResponse response)
    {
        var orders = JsonAnswer.Read(response, "list of orders", json => json.Texts("orders"));
        if (orders.Count > MaxOrdersOfAPage) throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(response.Url)} lists {orders.Count} orders on one page, more than {MaxOrdersOfAPage}.");

        return (
            [.. orders.Select(order => AcmeUrl.Require(AcmeUrl.Resolve(response.Url, order), "order URL"))],
            LinkHeader.Targets(response.Links, "next") is [var target, ..] ? AcmeUrl.Require(AcmeUrl.Resolve(response.Url, target), "next page of orders") : null);
    }
}
