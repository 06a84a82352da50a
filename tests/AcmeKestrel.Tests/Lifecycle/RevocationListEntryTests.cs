using System.Formats.Asn1;
using AcmeKestrel.Lifecycle.Revoking;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Entries that few CAs make, written by hand (RFC 5280 section 5.3).</summary>
public sealed class RevocationListEntryTests
{
    private const int RemovedFromList = 8;

    [Fact]
    public void What_was_removed_from_the_list_is_revoked_no_more_and_other_entries_of_it_count()
    {
        Assert.Null(Read(w => Entry(w, 5, RemovedFromList)).Find([5]));
        Assert.Equal(AcmeRevocationReason.Superseded, Read(w => Entry(w, 5, RemovedFromList), w => Entry(w, 5, 4)).Find([5]));
    }

    /// <summary>An indirect list: from such an entry on all are another CA's.</summary>
    [Fact]
    public void Entries_of_another_ca_are_not_this_ones()
    {
        var list = Read(w => Entry(w, 5, 1), w => Entry(w, 6, 1, isOfAnother: true), w => Entry(w, 7, 1));

        Assert.Equal((AcmeRevocationReason.KeyCompromise, null, null), (list.Find([5]), list.Find([6]), list.Find([7])));
    }

    [Fact]
    public void A_damaged_entry_damages_the_list() => Assert.Throws<FormatException>(() => Read(w => Entry(w, 5, 1), w => w.WriteOctetString([1])));

    private static RevocationList Read(params Action<AsnWriter>[] entries)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                Algorithm(writer);
                using (writer.PushSequence())
                {
                }

                writer.WriteUtcTime(DateTimeOffset.UnixEpoch, twoDigitYearMax: 2049);
                using (writer.PushSequence())
                {
                    foreach (var entry in entries) entry(writer);
                }
            }

            Algorithm(writer);
            writer.WriteBitString([]);
        }

        return RevocationList.Read(writer.Encode());
    }

    private static void Algorithm(AsnWriter writer)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
    }

    private static void Entry(AsnWriter writer, int serial, int reason, bool isOfAnother = false)
    {
        using var entry = writer.PushSequence();
        writer.WriteInteger(serial);
        writer.WriteUtcTime(DateTimeOffset.UnixEpoch, twoDigitYearMax: 2049);
        using var extensions = writer.PushSequence();
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.29.21");
            writer.WriteOctetString([0x0A, 0x01, (byte)reason]);
        }

        if (!isOfAnother) return;

        using var issuer = writer.PushSequence();
        writer.WriteObjectIdentifier("2.5.29.29");
        writer.WriteBoolean(true);
        writer.WriteOctetString([0x30, 0x00]);
    }
}
