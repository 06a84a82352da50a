using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 8555 section 7.3 apart from HTTP.</summary>
public sealed class AccountRulesTests
{
    private readonly CaRules _ca = new();

    [Fact]
    public void A_registration_keeps_every_contact_and_the_next_one_with_the_key_finds_it()
    {
        var key = CaRules.NewKey();
        var (account, created) = _ca.Register(key, """{"termsOfServiceAgreed":true,"contact":["mailto:a@shop.test","mailto:b@shop.test"]}""");
        var (again, createdAgain) = _ca.Register(key, """{"contact":["mailto:c@shop.test"]}""");

        Assert.Equal((true, false), (created, createdAgain));
        Assert.Equal(["mailto:a@shop.test", "mailto:b@shop.test"], account.Contact);
        Assert.Same(account, again);
    }

    [Theory]
    [InlineData("tel:+123", "unsupportedContact")]
    [InlineData("MAILTO:a@shop.test", "unsupportedContact")]
    [InlineData("a@shop.test", "unsupportedContact")]
    [InlineData("mailto:", "invalidContact")]
    [InlineData("mailto:shop.test", "invalidContact")]
    [InlineData("mailto:@shop.test", "invalidContact")]
    [InlineData("mailto:a@", "invalidContact")]
    [InlineData("mailto:a@b@shop.test", "invalidContact")]
    [InlineData("mailto:a@shop.test,b@shop.test", "invalidContact")]
    [InlineData("mailto:a@shop.test?subject=x", "invalidContact")]
    [InlineData("mailto:a b@shop.test", "invalidContact")]
    [InlineData("mailto:ä@shop.test", "invalidContact")]
    public void A_contact_is_one_mail_address(string contact, string problem)
    {
        Assert.Equal(problem, CaRules.Refused(() => Contacts.Check(["mailto:ops@shop.test", contact])).Type);
        Assert.Equal(problem, CaRules.Refused(() => _ca.Register(CaRules.NewKey(), $$"""{"termsOfServiceAgreed":true,"contact":["{{contact}}"]}""")).Type);
        Assert.Empty(_ca.State.Accounts);
    }

    [Fact]
    public void Ten_contacts_are_enough()
    {
        string[] contacts = [.. Enumerable.Range(0, 10).Select(i => $"mailto:a{i}@shop.test")];

        Assert.Equal(contacts, Contacts.Check(contacts));
        Assert.Equal("invalidContact", CaRules.Refused(() => Contacts.Check([.. contacts, "mailto:b@shop.test"])).Type);
    }

    [Fact]
    public void An_update_replaces_the_contacts_and_nothing_else()
    {
        var account = _ca.Register(CaRules.NewKey(), """{"termsOfServiceAgreed":true,"contact":["mailto:a@shop.test"]}""").Account;

        Assert.Equal(["mailto:b@shop.test"], _ca.Accounts.Update(account, CaRules.Members("""{"contact":["mailto:b@shop.test"],"orders":"x"}""")).Contact);
        Assert.Equal(["mailto:b@shop.test"], _ca.Accounts.Update(_ca.Accounts.Find(account.Id), CaRules.Members("{}")).Contact);
        Assert.Empty(_ca.Accounts.Update(_ca.Accounts.Find(account.Id), CaRules.Members("""{"contact":[]}""")).Contact);
    }

    [Theory]
    [InlineData("""{"contact":["tel:+1"],"status":"deactivated"}""", "unsupportedContact")]
    [InlineData("""{"contact":["mailto:b@shop.test"],"status":"revoked"}""", "malformed")]
    [InlineData("""{"contact":"mailto:b@shop.test"}""", "malformed")]
    public void A_refused_update_changes_nothing(string payload, string problem)
    {
        var account = _ca.NewAccount();

        Assert.Equal(problem, CaRules.Refused(() => _ca.Accounts.Update(account, CaRules.Members(payload))).Type);
        Assert.Equal(account, _ca.Accounts.Find(account.Id));
    }

    [Fact]
    public void A_deactivated_account_is_gone_for_good_and_its_key_with_it()
    {
        var key = CaRules.NewKey();
        var account = _ca.Register(key).Account;
        Assert.Equal(Status.Deactivated, _ca.Accounts.Update(account, CaRules.Members("""{"status":"deactivated"}""")).Status);

        Assert.Equal("unauthorized", CaRules.Refused(() => _ca.Accounts.Find(account.Id)).Type);
        // A request that was under way when the account ended comes too late.
        Assert.Equal("unauthorized", CaRules.Refused(() => _ca.Accounts.Current(account)).Type);
        Assert.Equal("unauthorized", CaRules.Refused(() => _ca.Register(key)).Type);
        Assert.Equal("unauthorized", CaRules.Refused(() => _ca.Register(key, """{"onlyReturnExisting":true}""")).Type);
    }

    [Fact]
    public void Only_returning_an_existing_account_creates_none()
    {
        var problem = CaRules.Refused(() => _ca.Register(CaRules.NewKey(), """{"onlyReturnExisting":true,"termsOfServiceAgreed":true}"""));

        Assert.Equal(("accountDoesNotExist", 400), (problem.Type, problem.Status));
        Assert.Empty(_ca.State.Accounts);
    }

    [Theory]
    [InlineData(LocalCaTermsRefusal.UserActionRequired, "userActionRequired", 403, true)]
    [InlineData(LocalCaTermsRefusal.AgreementRequired, "agreementRequired", 403, true)]
    [InlineData(LocalCaTermsRefusal.Malformed, "malformed", 400, false)]
    public void Refused_terms_are_reported_in_the_shape_that_a_test_wants(LocalCaTermsRefusal shape, string type, int status, bool linked)
    {
        _ca.Options.TermsRefusal = shape;
        var problem = CaRules.Refused(() => _ca.Register(CaRules.NewKey(), "{}"));

        Assert.Equal((type, status, linked), (problem.Type, problem.Status, problem.TellsTerms));
    }

    [Fact]
    public void Changed_terms_hold_an_account_until_it_agrees_to_them()
    {
        var account = _ca.NewAccount();
        Assert.Equal(account, _ca.Accounts.Current(account));

        _ca.Options.TermsOfService = "https://ca.test/terms-2";
        var problem = CaRules.Refused(() => _ca.Accounts.Current(account));
        Assert.Equal(("userActionRequired", 403, true, account.Id), (problem.Type, problem.Status, problem.TellsTerms, problem.AgreementOf));
        var newcomer = _ca.NewAccount();
        Assert.Equal(newcomer, _ca.Accounts.Current(newcomer));

        _ca.Accounts.Agree(account.Id);
        Assert.Equal("https://ca.test/terms-2", _ca.Accounts.Current(account).AgreedTerms);
        _ca.Options.TermsOfService = "https://ca.test/terms-3";
        Assert.Equal("userActionRequired", CaRules.Refused(() => _ca.Accounts.Current(account)).Type);
    }

    [Fact]
    public void A_changed_key_makes_the_old_one_a_strangers()
    {
        var (old, next) = (CaRules.NewKey(), CaRules.NewKey());
        var account = _ca.Register(old).Account;
        var changed = _ca.Accounts.ChangeKey(account, next);

        Assert.Equal((account.Id, next.Thumbprint), (changed.Id, _ca.Accounts.Find(account.Id).Key.Thumbprint));
        Assert.Equal("malformed", CaRules.Refused(() => _ca.Accounts.Current(account)).Type);
        Assert.Equal((account.Id, false), (_ca.Register(next).Account.Id, _ca.Register(next).Created));
        Assert.Equal("accountDoesNotExist", CaRules.Refused(() => _ca.Register(old, """{"onlyReturnExisting":true}""")).Type);
        Assert.True(_ca.Accounts.IsAccountKey(next.SubjectPublicKeyInfo));
        Assert.False(_ca.Accounts.IsAccountKey(old.SubjectPublicKeyInfo));
    }

    [Fact]
    public void A_key_in_use_is_a_conflict_that_names_its_account()
    {
        var (account, other) = (_ca.NewAccount(), _ca.NewAccount());

        foreach (var (key, owner) in new[] { (other.Key, other.Id), (account.Key, account.Id) })
        {
            var problem = CaRules.Refused(() => _ca.Accounts.ChangeKey(account, key));
            Assert.Equal((409, owner), (problem.Status, problem.ConflictingAccount));
        }

        Assert.Equal(account, _ca.Accounts.Current(account));
    }
}
