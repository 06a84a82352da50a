using AcmeKestrel.Benchmarks;

return args switch
{
    ["handshakes"] => await Handshakes.CompareAsync(),
    ["handshakes", "serve", var kind] => await HandshakeServer.ServeAsync(kind),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: handshakes");
    return 1;
}
