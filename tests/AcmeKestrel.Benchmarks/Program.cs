using System.Globalization;
using AcmeKestrel.Benchmarks;
using AcmeKestrel.Benchmarks.Edge;
using AcmeKestrel.Benchmarks.Fleet;
using AcmeKestrel.Benchmarks.OnDemand;
using AcmeKestrel.Benchmarks.Start;

return args switch
{
    ["contexts"] => await ReadyCertificates.MeasureAsync(4096),
    ["contexts", var count] => await ReadyCertificates.MeasureAsync(int.Parse(count, CultureInfo.InvariantCulture)),
    ["desired"] => await DesiredFiles.MeasureAsync(100_000),
    ["desired", var count] => await DesiredFiles.MeasureAsync(int.Parse(count, CultureInfo.InvariantCulture)),
    ["handshakes"] => await Handshakes.CompareAsync(),
    ["handshakes", "serve", var kind] => await HandshakeServer.ServeAsync(kind),
    ["handshakes", "serve", var kind, var count, var domain, var hot] => await HandshakeServer.ServeAsync(kind, int.Parse(count, CultureInfo.InvariantCulture), domain, hot),
    ["handshakes", var count] => await CrowdedHandshakes.CompareAsync(int.Parse(count, CultureInfo.InvariantCulture)),
    ["names"] => await Names.MeasureAsync(200),
    ["names", var count] => await Names.MeasureAsync(int.Parse(count, CultureInfo.InvariantCulture)),
    ["ondemand"] => await OnDemandComparison.RunAsync(10_000, 15),
    ["ondemand", "serve", var ask] => await OnDemandServer.ServeAsync(ask),
    ["ondemand", "flood", var port, var rate, var seconds] => await NameFlood.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(rate, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture)),
    ["ondemand", var rate] => await OnDemandComparison.RunAsync(int.Parse(rate, CultureInfo.InvariantCulture), 15),
    ["plan"] => await Plan.MeasureAsync(100_000),
    ["plan", var count] => await Plan.MeasureAsync(int.Parse(count, CultureInfo.InvariantCulture)),
    ["routes"] => await Routes.MeasureAsync(10_000),
    ["routes", var count] => await Routes.MeasureAsync(int.Parse(count, CultureInfo.InvariantCulture)),
    ["served"] => await Served.MeasureAsync(21),
    ["swap"] => await Swap.MeasureAsync([1_000, 100_000]),
    ["swap", var count] => await Swap.MeasureAsync([int.Parse(count, CultureInfo.InvariantCulture)]),
    ["start", .. var rest] when StartOptions.Parse(rest) is { } options => await StartComparison.RunAsync(options),
    ["edge", BareProxy.Verb] => await BareProxy.ServeAsync(),
    ["edge", .. var rest] when EdgeOptions.Parse(rest) is { } options => await EdgeComparison.RunAsync(options),
    ["fleet", .. var rest] when FleetOptions.Parse(rest) is { } options => await FleetComparison.RunAsync(options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: contexts [count] | desired [count] | handshakes [count] | names [count] | ondemand [rate] | plan [count] | routes [count] | served | swap [count] | start [count] [--wishes | --desired] [--no-index | --stale-index] [--broken n] [--r2r | --aot] [--rounds n] [--program path] [--calm] [--keep] | edge [--r2r | --aot] [--rounds n] [--program path] [--only load] [--with name=value[,name=value]]... | fleet [--program path] [--only redis|postgresql|caddy]");
    return 1;
}
