using System.Globalization;
using System.Text;

namespace AcmeKestrel.Tests.Simulation;

/// <summary>What a simulation counted, and how it is shown: a table for docs/performance.md and a chart beside it.</summary>
internal sealed class SimulationResult
{
    private readonly Dictionary<int, int> _orders = [];
    private readonly Dictionary<TimeSpan, List<double>> _margins = [];

    private double _least = double.MaxValue;

    public List<string> Expired { get; } = [];

    /// <summary>What was left at renewals in an outage and on the day after.</summary>
    public List<double> HeldUp { get; } = [];

    public int ExpiredInOutage { get; set; }

    /// <summary>Of all others the renewal that was closest to the end.</summary>
    public string Closest { get; private set; } = "";

    /// <summary>Labels, in the order in which they got a certificate.</summary>
    public List<string> Issued { get; } = [];

    public long Looks { get; set; }

    public int Orders => _orders.Values.Sum();

    /// <summary>By day.</summary>
    public int MostOrders => _orders.Values.Max();

    public void Count(TimeSpan since) => _orders[(int)since.TotalDays] = _orders.GetValueOrDefault((int)since.TotalDays) + 1;

    /// <summary>What was left of a life when the next certificate came, 0 to 1.</summary>
    public void Margin(string label, TimeSpan lifetime, double left, TimeSpan since, bool isHeldUp)
    {
        if (isHeldUp)
        {
            HeldUp.Add(left);
            return;
        }

        if (left < _least) (_least, Closest) = (left, $"{label} ({lifetime.TotalDays:0.##} days) on day {since.TotalDays:0.00}: {left:P2}");
        if (!_margins.TryGetValue(lifetime, out var margins)) _margins[lifetime] = margins = [];
        margins.Add(left);
    }

    public double LeastMargin => _margins.Values.SelectMany(margins => margins).Min();

    public string Table()
    {
        var text = new StringBuilder("| Life | Renewals | Left of the life at the renewal: least | 1 % below | median |\n|---|---|---|---|---|\n");
        foreach (var (lifetime, margins) in _margins.OrderBy(pair => pair.Key))
        {
            margins.Sort();
            var life = lifetime.TotalDays >= 1 ? $"{lifetime.TotalDays:0} days" : $"{lifetime.TotalHours:0} hour";
            text.Append(CultureInfo.InvariantCulture, $"| {life} | {margins.Count} | {margins[0]:P1} | {margins[margins.Count / 100]:P1} | {margins[margins.Count / 2]:P1} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\n{Orders} orders, at most {MostOrders} a day; {Looks} looks. The closest renewal: {Closest}.\n");
        if (HeldUp.Count > 0) text.Append(CultureInfo.InvariantCulture, $"In the outage and on the day after: {HeldUp.Count} renewals, with {HeldUp.Min():P1} left and more; {ExpiredInOutage} certificates ended in it.\n");
        return text.ToString();
    }

    /// <summary>Orders a day, as an SVG of its own.</summary>
    public string Chart(int days)
    {
        const int Width = 960, Height = 260, Left = 48, Bottom = 28;
        var highest = Math.Max(1, _orders.Where(day => day.Key > 5).Select(day => day.Value).DefaultIfEmpty(1).Max());
        string X(double day) => (Left + (day / days * (Width - Left))).ToString("0.#", CultureInfo.InvariantCulture);
        string Y(double orders) => (Height - Bottom - (Math.Min(orders, highest) / highest * (Height - Bottom - 12))).ToString("0.#", CultureInfo.InvariantCulture);
        var line = string.Join(' ', Enumerable.Range(0, days).Select(day => $"{X(day)},{Y(_orders.GetValueOrDefault(day))}"));
        var grid = string.Concat(Enumerable.Range(0, (days / 90) + 1).Select(quarter => $"<text x=\"{X(quarter * 90)}\" y=\"{Height - 8}\">{quarter * 90}</text>"));
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="11" fill="#666">
            <title>Orders a day</title>
            <text x="2" y="16">{highest}</text><text x="2" y="{Height - Bottom}">0</text>{grid}<text x="{Width - 40}" y="{Height - 8}">days</text>
            <line x1="{Left}" y1="{Height - Bottom}" x2="{Width}" y2="{Height - Bottom}" stroke="#999"/>
            <polyline fill="none" stroke="#2a6fb0" stroke-width="1" points="{line}"/>
            </svg>
            """;
    }
}
