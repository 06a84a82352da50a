using System.Buffers.Text;
using System.Security.Cryptography;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What the CA keeps.</summary>
internal sealed partial class TestCa
{
    internal sealed record Issued(DateTimeOffset At, string OrderId, IReadOnlyList<string> Names)
    {
        public required string RenewalId { get; init; }

        public required string Account { get; init; }

        public string? Profile { get; init; }

        public string? Replaces { get; init; }
    }

    internal sealed class Authorization(string name)
    {
        public string Name { get; } = name;

        public string Token { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

        public string Status { get; set; } = "pending";

        public string? Begun { get; set; }

        public string? Outcome { get; set; }
    }

    internal sealed class Order(string id, IReadOnlyList<string> names)
    {
        private int _looks;

        public string Id { get; } = id;

        public IReadOnlyList<string> Names { get; } = names;

        public Dictionary<string, Authorization> Authorizations { get; } = [];

        public required string Account { get; init; }

        public DateTimeOffset? Expires { get; set; }

        public string? Profile { get; set; }

        public string? Replaces { get; init; }

        public string Status { get; set; } = "pending";

        public string? Error { get; set; }

        public string ErrorType { get; set; } = "caa";

        public int LooksLeft { get; set; }

        public string? Pem { get; set; }

        public void Look(int validationLooks, DateTimeOffset now)
        {
            if (Status is "pending" or "ready" && Expires <= now)
            {
                Status = "invalid";
                foreach (var authorization in Authorizations.Values.Where(authorization => authorization.Status == "pending")) authorization.Status = "expired";
            }

            if (Status == "processing" && LooksLeft-- <= 0) Status = "valid";
            if (Status != "pending" || _looks++ < validationLooks) return;

            foreach (var authorization in Authorizations.Values.Where(authorization => authorization.Begun is not null)) authorization.Status = authorization.Outcome is null ? "valid" : "invalid";
            if (Authorizations.Values.Any(authorization => authorization.Status is "invalid" or "deactivated")) Status = "invalid";
            else if (Authorizations.Values.All(authorization => authorization.Status == "valid")) Status = "ready";
        }
    }
}
