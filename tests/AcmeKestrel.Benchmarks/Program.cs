using AcmeKestrel.Benchmarks;

return args switch
{
    ["handshakes"] => await Handshakes.CompareAsync(),
    ["handshakes", "serve", var kind] => await HandshakeServer.ServeAsync(kind),
    ["names"] => await NamesBenchmark.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: handshakes | names");
    return 1;
}
