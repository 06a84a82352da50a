namespace AcmeKestrel.LocalCa.Rules;

/// <summary>The request inside a keyChange request (RFC 8555 section 7.3.5): signed by the new key, about the old one.</summary>
internal static class KeyChange
{
    /// <summary>The key that <paramref name="account"/> asks to have from now on.</summary>
    /// <param name="outer">The whole request, whose signature by the account's key was verified.</param>
    public static PublicJwk Check(Jws outer, Account account)
    {
        var inner = Jws.Parse(outer.Payload);
        if (inner.Key is not { } key) throw Malformed("is signed with 'jwk'");
        if (inner.Nonce is not null) throw Malformed("has no nonce");
        if (inner.Url != outer.Url) throw Malformed("is for the same URL as the outer one");
        inner.Verify(key);

        var payload = JsonMembers.Parse(inner.Payload, "The inner payload");
        if (payload.Text("account") != outer.KeyId) throw Malformed("is about the account that signed the outer one");
        if (PublicJwk.Parse(payload.Object("oldKey")).Thumbprint != account.Key.Thumbprint) throw Malformed("names the account's key as 'oldKey'");
        return key;
    }

    private static RefusalException Malformed(string rule) => new(Problem.Malformed($"The inner request {rule}."));
}
