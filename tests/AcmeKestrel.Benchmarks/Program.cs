using System.Globalization;
using AcmeKestrel.Benchmarks;

return args switch
{
    ["handshakes"] => await Handshakes.CompareAsync(),
    ["handshakes", "serve", var kind] => await HandshakeServer.ServeAsync(kind),
    ["names"] => await Names.MeasureAsync(200),
    ["names", var count] => await Names.MeasureAsync(int.Parse(count, CultureInfo.InvariantCulture)),
    ["served"] => await Served.MeasureAsync(21),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: handshakes | names [count] | served");
    return 1;
}
