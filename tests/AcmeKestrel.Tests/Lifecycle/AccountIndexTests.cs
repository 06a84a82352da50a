using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Where account records lie, listed and noted at the same time.</summary>
public sealed class AccountIndexTests
{
    private static readonly RecordKey First = new(RecordKind.Account, "ca/1"), Second = new(RecordKind.Account, "ca/2");
    private static readonly AccountTopic Mail = AccountTopic.Mail("Ops@example.test"), Other = AccountTopic.Mail("other@example.test");

    private readonly AccountIndex _index = new();

    [Fact]
    public void A_list_takes_the_place_of_what_was_known_but_not_of_what_was_noted_while_it_was_made()
    {
        _index.Note(First, [Mail]);
        var begun = _index.Begin();
        _index.Note(Second, [Mail]);
        _index.Replace([], begun);

        Assert.Equal([Second], _index.Find(Mail));
    }

    [Fact]
    public void An_older_list_does_not_hide_what_was_noted_of_the_same_record()
    {
        var begun = _index.Begin();
        _index.Note(First, [Mail]);
        _index.Replace([(First, [Mail, Other])], begun);
        _index.Replace([(First, [Other])], _index.Begin() - 1);

        Assert.Equal([First], _index.Find(Mail));
    }

    [Fact]
    public void A_record_that_is_somebody_s_is_no_key_alone_and_not_damaged_any_more()
    {
        _index.Replace([(First, [AccountTopic.KeyAlone]), (Second, [AccountTopic.Unusable])], _index.Begin());
        _index.Note(First, [Mail]);
        _index.Note(Second, [Other, Mail]);

        Assert.Empty(_index.Find(AccountTopic.KeyAlone, AccountTopic.Unusable));
        Assert.Equal([First, Second], _index.Find(AccountTopic.Mail("ops@EXAMPLE.test"), Other));
    }

    [Fact]
    public void What_is_deleted_is_found_no_more()
    {
        _index.Note(First, [Mail, Other]);
        _index.Forget(First, [Mail]);

        Assert.Empty(_index.Find(Mail));
        Assert.Equal([First], _index.Find(Other));
    }

    /// <summary>Such as one whose key and facts are lost.</summary>
    [Fact]
    public void A_record_that_nothing_finds_is_known_until_it_is_deleted_or_a_list_does_not_have_it()
    {
        _index.Note(First, []);
        _index.Replace([(Second, []), (First, [])], _index.Begin());
        Assert.True(_index.Has(First) && _index.Has(Second));

        _index.Forget(First, []);
        Assert.True(!_index.Has(First) && _index.Has(Second));
        _index.Replace([], _index.Begin());
        Assert.False(_index.Has(Second));
    }

    [Fact]
    public void A_topic_is_there_as_long_as_a_record_has_it()
    {
        _index.Note(First, [Mail]);
        _index.Note(Second, [Mail]);

        _index.Forget(First, [Mail]);
        Assert.True(_index.Has(Mail));
        _index.Forget(Second, [Mail]);
        Assert.False(_index.Has(Mail));
    }
}
