namespace AcmeKestrel.Tests.Protocol;

/// <summary>Answers as Boulder and Pebble write them.</summary>
internal static class Json
{
    public const string Token = "DGyRejmCefe7v4NfDGDKfA-token_2";

    public static string Order(string status = "pending", string more = "") => $$"""
        {"status":"{{status}}","expires":"2026-11-24T10:00:00.123456789Z","identifiers":[{"type":"dns","value":"shop.test"},{"type":"dns","value":"www.shop.test"}],
         "authorizations":["{{ScriptedCa.Base}}/authz/2","{{ScriptedCa.Base}}/authz/1"],"finalize":"{{ScriptedCa.Base}}/order/1/finalize"{{more}}}
        """;

    public static string Authorization(string status = "pending", string challenges = "", string identifier = """{"type":"dns","value":"shop.test"}""", string more = "") => $$"""
        {"status":"{{status}}","identifier":{{identifier}},"expires":"2026-11-24T10:00:00Z","challenges":[{{challenges}}]{{more}}}
        """;

    public static string Challenge(string type = "http-01", string status = "pending", string? token = Token, string more = "") =>
        $$"""{"type":"{{type}}","status":"{{status}}","url":"{{ScriptedCa.Base}}/chall/1"{{(token is null ? "" : $",\"token\":\"{token}\"")}}{{more}}}""";
}
