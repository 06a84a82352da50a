using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>Keys made with openssl for these tests alone, in PKCS#1 and SEC 1, and their RFC 7638 thumbprints as another program calculated them from openssl's public key.</summary>
internal static class AccountKeyVectors
{
    /// <summary>What is odd about the key, what it signs with, its DER in base64, its thumbprint.</summary>
    public static readonly (string Oddity, AcmeSignatureAlgorithm Algorithm, string Der, string Thumbprint)[] All =
    [
        (
            "P-256, x begins with a zero octet",
            AcmeSignatureAlgorithm.ES256,
            "MHcCAQEEIGV4I9v5aIvNnS6P73c2YyOicPp0fBuj2Afnc4lJOaqpoAoGCCqGSM49AwEHoUQDQgAEAI5aGHzpMe+YYNv/Wd8K/Daudz7z2eoy64yNYfcUj2VH7PIwcjOafEe2fHhlgTjmqlWqK+1WFK/QbPyEuWAC"
            + "5w==",
            "ZmbWtYgIji8YNczcMaVJBFY2PwBfFIK0LqeaefzGCqU"),
        (
            "P-256, y begins with a zero octet",
            AcmeSignatureAlgorithm.ES256,
            "MHcCAQEEIEVvUxw4rdGNrXSwGkUwqg+v9A1YF6fg+5VHtEGnZcjMoAoGCCqGSM49AwEHoUQDQgAEJ+P9pxhFouRPYGiatxBUkfVdZ9FHRLq0Z6Y+QK7+oVQAAg5sa3FSO0cdF/tgYhmpJRv2AyvbFiLshZL6BVCe"
            + "9Q==",
            "Yw7wh0IbHFriHOo1-aS-KVxCUAnhDzE0BH2RNi3lMhQ"),
        (
            "P-384, x begins with a zero octet",
            AcmeSignatureAlgorithm.ES384,
            "MIGkAgEBBDC2qxRKnOrs+zBwJrgBffHW76vXk+pH01wdzOWq+eHU3tfhw556VFTO4jTeFG0hTuCgBwYFK4EEACKhZANiAAQASVU4isn/zJZYtMNN87Ntsz45xcyi44LTj8ofT5gn5uVyBsBMWkV0CHR4MwI6aLwz"
            + "zV7Fvq9XdPJM083AqQBzEnh2Nx6PQUPiAAs3j/6SkTfMj/6K3b3U9l9k6Rt+el8=",
            "Xws2xyDuoB8XQiV0XrUzpvzaUyHobCzo7UzwsqFOpf8"),
        (
            "P-384, y begins with a zero octet",
            AcmeSignatureAlgorithm.ES384,
            "MIGkAgEBBDCbjKXsCwrjTn8GFWVTixRygCuP9YjvCU8dOSz15JQmryCfrQoRJyA92B7p0eZVR/agBwYFK4EEACKhZANiAARZHPqqnJBFO52uc/x8SxbU0TxXeTAGnOZG9YoSA9WWumgsUMrBsONnIjDGxP0yHM0A"
            + "BCS1uBk6dChpjGUMglIUXgwyzXxf2Cj/h71sgB8u1B7XKXjMQrwr/QGOcgvLfOw=",
            "PxGkan0QLNgwXWReGu7ATMlhaN0jN8odSuqZaPEZhA4"),
        (
            "P-521, x begins with two zero octets",
            AcmeSignatureAlgorithm.ES512,
            "MIHcAgEBBEIBbkkiNwXyVZnpD3Uh86hfCdROnlMsxAojn4nuPY1lf248hb2lvS51FJ6DZMYhDrrB0i8GzkW5ox98MbnS66ppu4GgBwYFK4EEACOhgYkDgYYABAAAjtR++40Y47fhGBc1wQnkawCqFR5Jj/4YeEeY"
            + "1ILlqHTra9C36r9vDNGRYcpfIo9+BqyG6F7OuE1W11OzurKtAQBX5IgWbHLHetnpxCon8Pi/qXldJdri4oPy0BaCZIprpG9QXT5R1/57XSPYe8Wz2evQ0v54tPETtDsOJ/XmT/M/vg==",
            "H9QKkF52f24WU23J60Wp9ZRse2s6XsywugpGmBQ0M6M"),
        (
            "P-521, y begins with two zero octets",
            AcmeSignatureAlgorithm.ES512,
            "MIHcAgEBBEIAx7RRrg1+na0uBe2tmTA5QSu6QwHhINrHsdUx8KTYwOaJE2If8KPHN5wQwkxsfRrd4eXexU8Ejz9gLAn7y+8rEvagBwYFK4EEACOhgYkDgYYABAB6kd0ap5MslvlCwD+9gg3Cxs6dZFPesxi8PuWv"
            + "olymfv6SQKo4Y3Pva3vCXhmz+lCKOsDW6S6F2GKuFBLh6BbUMwAAOmNUbPznEfgPOgpGlMdnffmGLt1Y89n8Sfz7f5kWI05M74ujG7DwfCBA9UJUnYFvI5NqI5MIlAe1w0QlY0rtNQ==",
            "Z4g_e-MgolfC9hJE3_NhqW0BG6lg1fMBrqV1rbmv_dQ"),
        (
            "RSA, 2048 bits",
            AcmeSignatureAlgorithm.RS256,
            "MIIEowIBAAKCAQEAsAtjuQcg3gv40wvqf0e9iNAcx+Upru78RpDtQ10sofh0gf6EHmZmL8tauGpCnyxpD2V8DHE3+nEvv6ui+/BfnJckacfc2VrWiz/O0fktLeb2oECkd5yt7cb9V53o25lUQCDkQT0JcuLLSaEh"
            + "LoB/R/5GQGjLrl02xpFasxC2OFaL10rk8QTJ6WZUAACtMLR03nUaOuPb25p8MiQv1ZZ1wVVI0tAlNPpT8Av8NCNGOkVv4gczp5XOnFRDUbohRhe/a8VPZYrqIZ20wd88ygTpnkXB2YI5D4zzhlNYRa89fvLoSg5o"
            + "V6LuQNO2UZ6LwOAIAJidDbBmMsBod1L7wLE6PQIDAQABAoIBABZFEpPtAWzlgdAc4UjBqAnfHczxwfClvdclbUZIyqUgu4hYTJlV5dZk+LB8jLn7Eb1HXsZqKiUt3Vb3XPJXCZlTC2GwTVFXqu1JoJ2yUlNMtOU3"
            + "2DZjZSM/uXu0d6kT//Lu1kEkegYFB6dkUUDDM5bFZViviRihJRVAfQNK+Wot3tkQeURcG3KawKglVA0oZg8UwY1l31jVkb5A4KJlP4zyAZyK2wL4tJXzBzpMvuWgvYC73z4cBnr7z9CFucqh/7Nt9Qp3+JNJbE43"
            + "PwXY1QRYHvFWxVZWnMpvJGKwafnbbNPJBqq4QokzVQs13bs74kAUkYpOYHNMZy6yMjDBzOcCgYEA3OA2M6vIsdW1IYcVaatFbNzjTum8a2WL+ba2W1nRip1Bz4VQ35iBttNvdpxI/inAGjzslfOY49he20hgijdf"
            + "xf6gBTx/a2fD5Uo5pwN8PAZy1IFz8GlQnBSVErJKgwhG79rt+GMtzFqEEGRLFVqIiO9CIwflqDG94wucsf+c6ksCgYEAzAobjYCqKsxfIP+FEIaEGWwfSrPQWo/P5pS6++RIJ5xkquxeggfgRZTNpPikj9iUbiHv"
            + "XwEhUf4j+kx2rv4sk9Zr+NP9NlabTx2eSlIMZT0g/r7QRh0qqNbTqS4l+kwED82DFLNiBqp08S1bF2ID5IlKsVSM+hK1N4awOVQEGJcCgYEApGI+FLCp2iiJ+Nz3Q8CTF9VBWy6761YVGhEwoMY1HCuzmgXHTdHL"
            + "4Ex17VmdPYPHE//5uBQm2pPi7OJt7xANOGcroxoGXuJIOjLGu5TtdiL6fUunBOrscm0jEVod+G1Flidi6nSt1iQbm7N46fiKGxeuKjIrasUyZHL0+MibeQcCgYBm1K1AKlkYirliwwRH6NNIkLJQjsDx80qe9dQq"
            + "wMkQlYQylD+pHtkLmEvv2ZPuHwPnYVjnM4Wccg2lxsWFufmzZDw0Qnp52ToarF2rLSCsIRuw52/F9ksannI78FMZixf88uEeHK3JmDypk+c1qKM3mW24Y1lNawJDgrDro4kQ7wKBgH+8NFdT/pX56bepyJn/PfrC"
            + "WyvxobY9gynZOQ9JsgWqsSavD1GsvOsgi2JwXeUtq/XWZAEbRYSETUdIcoc9HSvZyLyrqNdZHSFoDgt6vVO9DSa+9r6LilKVpW6kG8BQedGmdMx3dLT82CtI6Fh+2nlz8K1WcTsPY7WY+7iHN9p9",
            "jxy4CgxM8BjPvY768dN-3cdscFCT9ANWw8DfRLBLCnk"),
        (
            "RSA, 3072 bits",
            AcmeSignatureAlgorithm.RS256,
            "MIIG4gIBAAKCAYEAmgZDOyvEg60h0SAufKG7mniu2xTwje104rsdwFNDQHNOatA5Bz3k6ACvodlC4os4r+l/n06yU6qutGmqAV3drrv6QwzkW8r/R1YEH5V+poIzlOD6WZVxgP1FIw+0RZwYdiIn1ALCz1LNiYVF"
            + "D5wvwWk6te5jxxUrsTaw0A9UwacoGx0/TbApwUyDkTpST6dXr9tdKWrzDlYIG1eAlRwYIuEDBnG47DL/w9Rkl5Y1d+xYfoVJmp0viiAse7y8TUr7FmN6B1PocM20QpJh7yLulWMurCrQJMnA8RwIcRYcRAqKrnGr"
            + "WlQVc2ZZ93vOtcZxssqDVr3c/OAvxqTay7UNQSK6nGL34cZ/HnpH8dPK4fKVLGHZuJ/In+aQzu3WcIjeNXrrlrl+Pv1tdl4EDyx4SGyyuTCmLVfCh3FOHy1HktJvNW4zAiKYWIYSBWs6otE/0vzu5BK0utlyy1m6"
            + "gVV1SNAiqH9BPjWtWj1kILnOfzKndmCFld1xxWlwsWRooDL1AgMBAAECggF/QRQO/saqFvjle6GdWAuouMaacEw+AmR9KU+RF9zBDaT//SGoTDxaplb5M+lt2Uqkfln/vSVYiQFqenrVhL5PFwVV41QPKLnHeDIK"
            + "i/hztZGjOcSAAwShxgk9V73K7Z6Gt2NhxggPR9+J+LvWnOyL66y1TH7tVFty7+2rx5KyvSAOUhE0Lh8WMBZO1jijjq77iHz8tVilrz5VLo2fnAvC0aSWd/fqVTfh2VxkeagomgMYC7Ka5uPYslk7HQ0h2DFVkuqx"
            + "Grpext19ev1QofqL+wjYY1ItHcrkvxzNt/oqx35AQH9Xs0SlAWcQBL1yRKAX9yIFK3zaMMANf2KGgUpNQvAjCJYaAh1c7VkPASSt0DWZpcGj34+TUi58LP9EOO9BpQlsqAPJhHfDwQLq82nykG74Y+Ze03FIdYi8"
            + "TBMHUTgEe7hLyIiqu5I3xHKG3sNswUYdEBIscBsyv79BB8jGQcvPj2ZrrjyOKqa4yO3d1FTr1I4m8v/NugJHuy6CcLMCgcEA16vpg9Bpgrr4tkCXl89n3vqoJRyunbi0VWE+FnCYX63OuciRQQUM2bn5nYPlzcfT"
            + "N1SSFBd0ZoxPPsJbgDkmkYBzHnFjKCkLZsHD2PIEAEr1v2MVMp+EIrvz7JLJpPQVp60pTHvffRHd1qxzCEgyY88CFbLqxbnV425rEfUfN85eETiCbKZ1WQ14jcvY3PpZJR6RETgeLNzfLPpSUKNLydDSzYol3jdD"
            + "Q4hQOt8wHQUcUGHxf4WQexeBtsCWjCJjAoHBALbTVhWmqYT8Z+Ueme207Pjg2fDFAVSmhgHg7wsXY1WV27iCncXRLQgCNMD+Td32qbTowy6DpOlQilkXsaak/KctXgsGKsmrkATtzQanW7FmviMta9vpHbe53R+J"
            + "u2ms5SlQKMkBAhVVykRQ6d5EXZy2dX5TTZtWqjX/RUZ4eK+h2EGgUehUBS1z+6x7lEzYLNkuwG3U5puGUB2EFXy8F0DmsgUPL7IQADXGTaOffKMwGyKAACghPdjETw1E+gYoxwKBwQDQBF0vqRYLZKE80CIm54JN"
            + "HECPwxFcyOkOrMNAy4r8RdztbllDeEaDvg/XcH93MnQzmttmi5TW0CAi7T1p+DWOA3GFfGHiO2xmyR9IIW3ghmxvE3c/o4HEKrrDhHT/J/m3B5qczaGqtU/dnek5pMENaX2eRjqRSYPWYArfgCiDIAW04GdTul3W"
            + "7dpIEcRypvjSh5/uFs1sAgE0FaDNbCNOXZ7lZojNw0maWmDf16NFakd79GwEzmOjhfGzvh+2u/cCgcAagHAOG2afXGdDEziE+KERQqbU+/nBZ5ItW4nLNcy0b1C2Yli0gCni607yWuq2rjbTfposd/DD0WT8nS6n"
            + "VWs6YJ0tQ+uX6EKsNDxwJnpoMNiHCOKFsjkYlNy04aZFH0bowjHnUToYFaOIW6JLEeXv/ZLyiOjLB7kMssA8AuKbsv5CJRc6clN9zz5ANnm82elGYjyKrz3udX3PiYID3tAQHGDZ0uW7Dg65vNEsUsYicaq9SYi8"
            + "SHVKospCxijoE6kCgcAFEE7e2Tn0iIVzfYBbQmlxAueNFRX09hSsKjbesZj9cpKMzDDMAckcI1KIQqvrEOThgXzBUfN2i+H1J0Il+Z581hi/ahkfVPRAu+93vXTOOZQzUjt3B1sQeraqHX9zRAWk1/B9yOkrBWUY"
            + "mxrErNGv2o/gFw7Q0dKAN9cShCpk0d3je2FJn+N2avB4DxZ6ys6OMNWucx8mQe8tQE2/E+tCkz2KIIOnn0og5Habjf/4ULDuXKRrNamWcYJ4q1dn0kw=",
            "CmHKsX99Yq2a34DL-PNwOr1bRhRBEhftnEOeLmqjJeQ"),
        (
            "RSA, 4096 bits",
            AcmeSignatureAlgorithm.RS256,
            "MIIJKAIBAAKCAgEAsaoBjjJ/j+Fd6vuzEy8+EWCHKXflD/kA+zeVhtX5Ub2zAZYiq2mXQEFZn9/zulUqHqlECtwblt/nL4S12nmpeCUoehbw0BRHop+TJttD4AWeUQtnfQAUy2rBIokASzoccpi6vzEqjqACJ6qB"
            + "g7zHUtkKn4C/ieUN3EnnLpucOdQDUsVfYSle2APctO+Xf/CdNrX2dagdwKceB3pQ32XO/seAbQ4YSDeLq5He3RMG4/608cOcCXzOMIQqCgq6gKcvTi60IAhRpDMFC/nuJWN7V/QcbXaEkCX7721ZR2gN0vkdNU1G"
            + "IfqbOJwEGH+pLPSOh2y5WSDCt2xzgpv7CglS2KRLmPls/PPcIeaG7GyPSyM8PZBAEAazBJACewTiEUafAFH35dJ51B3glkW/6y7kDc0R6dDPS95ZMeaGS6BZsSscuohGThXSGOCoM2xaRIdlFV1k+hoJf41VB36u"
            + "EgaaA4QMrlC6w9cryAPv0an4Kog0medVltY5Ni0Bf7PtLvkh/IdAW9hIN/KM9Ny6BZgj6BlX3tGibnBTzweTepdDSmER7aTiQ2iKh81qa+nu/2fr9wZiP134QO4b9cMszlFrtHY/ivlYy3tDKlDGbLIL9hSOQFVV"
            + "E9mIqZrhL++Jelp3wckgeOY/bXSwgWiEgO5AnkGl2PevAOIKwf4oVvHxKjUCAwEAAQKCAgAhW4s5OLAMwsLQiPvBgWBFAPu/xHwkuJr/kBsqGujZ+SUwChFuX7//V4XNZ84qUS08XomhBFzFwjp1CJTgdXFlVoy4"
            + "B7ClUPl2RkHpzMd8u3FTRDHlHWvKGbwzkMeWWE3ZEmYV2dRkvRRKgFAa/Qnru0asVg8gg/pLPzEB5kO5892/38EdzBe7tVXuPwISCopqKFYjFzKm5nnT65pdp47q9WhekYPro0o9J4FRvu3PRxaQQir8+Qr5vwbp"
            + "pcQIvds68bfuP8Gcc9vhuMaHDJuvEu13fAY9znP0K3LU3muiDhX22RBu9s/IHDsEoouQHkbYlIhkfKsyp1E017aV1tRP+kinUlebA9c9j6UIHMp61PSN/p4tXJ4WPhWSonUFTzh4EGRavMRwHiTpnXSwfx0qLQnC"
            + "yCDyZB5hnWo6sbUUZgWjbBQyhcSoDKMnt5WvL10JDHcAWiUkWBkqltVej7xh7wu7yRS9nQRMnWX5gRwVennpH4m9gYtJxLjPKrmDn1H2Q2YfUzpZ8LvRVU1jd9FOx2QMyh1uznQreIXj4QmWw52RBeDJf6D8Ru+Z"
            + "V7fUjsW6fa+euJtfy7pQCFLGjJ1NaK4lAiI1EaRKmAljjE4xcD3FVEC0GjlrPsLfHZ/oyNJcDSdVlp9nylNMCF1pz6Oqxzy6gaWsRwxBjKPT4RXjwQKCAQEA7r3zRFuyztyXtbxgsGo16Maj33cUbWqiEtVL/k+J"
            + "dIvhCkLN3P12IBjlpW+MAz0cYNXmHPgufn7wsZvaOccZp8ufVKwCt5/yVNjBPakKCeNMknpTt+HCn3EyHSHaM/aDy+fuPZVH5WrnhaKdWDrRGrY1TLB4uzdtEub5MrYS9Ms1vrLv0dNn+7WZWQTK4o6ZBsjmgsiy"
            + "BZfkzPn0aZ7vMlBl5njh2e2CT2WCBIDENTrng526LGwuEunQReZDQ1UiMF7ILoMpWa2flbtyVOHtWobnOBe8BcSi6n0Iy//WT+tgEbJsjuJMwEqnbFS0wrQ1tbLrDsoOMBKXycI/4QhT8QKCAQEAvoHGrr6Vh+sk"
            + "mrcz4YoDfmt4NmNqWHzwn0IZHiwCtUPXLKccOKj5ePE93FQov/mNSUi605KoLleriwIdxIfawEtQN6riSO4Poluz83QRYSVSAlFtoCR7eR/MegkZfNIw8cIekqrZAhY5kF5UG114P5c98Jy7gb5/RDMzsQfgOmXZ"
            + "ACz/paN+iI+0iN+M8gZufl8IUvcXxaaCNmkVMLYbSaDqjmC9RpPz31hwKYUxmDY+78KpA6Z8r9ZB+nXloUM8/tb3694eC9X9ULYP/HhTsn4792/kB9Qjz8hpnq3lBPhBhW2zLIGsOcDShfdJ6WaeXrroc32SYDzu"
            + "qgpqGUxuhQKCAQEAqnexGs9LBo/WN6rRc0XzRkmHu0kgqdvo6/+nKmgKYtB6GESJD9FfJh4A47aZR7q755zzmR3QvPvQy1DYakby16/6DZBgxFKNyu2WVXu8skC9bR2xZ2vo9sXxnYGNd2r+wnrRzuEnm/VQaUgq"
            + "h1Q/+I2/0wlyu2MhG80WhJIjSO1Ma+UCflUwOzd4zmown8JoG8MZbKr3Ci1h7sZPMZeNfeSQThdkVKJVWHHHe4WiE8wCgST/STbZUyHmV/LJdmt0ZQtYbnWy8diaSWS1h0xmmSwYLyIrXAcCuOIchOUhVqFfUGOR"
            + "Rhjp6qejkiONijT44MtnMYEuzj6IaUStLfYvUQKCAQBpRxx+CxJld1vWKDICjJubrFZVcCEf34O17vgkhVvFwkTSB1OAOFkNLfvqm5Oda5JZkli0fRJ18br56eR7bDxGEhi1erjsZqq7JYRPoK/OCKrGXyt+2Upm"
            + "yFzef9LW+O1VXNo6YTHlhlSvZIGEUeYW9kSjiGnSrGx2Svlg9qJCg3AlObjZV32giBHTpf6k7Ur4iRn3h1dawcapvO6Z6bkwuj2FCw7uRur5XU02lMWwgSHMq71tJ/81yOjTOX353UeC6Vc+wJPIJKyFgudYtUJD"
            + "nKEU/397mA9mTzGXIDA0y+ChlNr0WIDNtbJhmCP/WNdiMFYvJJDUoDegPnsdmfBlAoIBADtYXSlpPU55tdvzDvXdySCll3CzdCozdtfgxGU2HAXbSy0tGG3vQMhM84HBITCon/pEXP185+7AR3hwJKQLibMwCVar"
            + "mYoXiQpV+kOewlpq4vOf70P016GNAlfOQwS/6EngHCIwb43UnEdE8bPzQmij9v4UpoaM/0GnfZOdlQm7n+BI26DKraHKVYJXGbQ/vNDXeeaLIDgYP1mk63Pc743hMES5NTTzD5mjtjjHe5ijbPzbseiWkzE8R8Ke"
            + "eOiZ8Pp/O/udTETmQEmBRB/MSqvjz/dn2gna3VlihgMEF0K8OjYOerUSZdj5CARU1sXC7y9UNadXYMz53lCQXsx115s=",
            "3qODUj7E1C8LFrT40CJMQ1bYC9nbVUcuXSh8Rc4kQEI"),
    ];
}
