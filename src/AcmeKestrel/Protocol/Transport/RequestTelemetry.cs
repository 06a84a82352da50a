using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Transport;

/// <summary>Requests to one CA as metrics and spans see them: what was asked for and how it ended. No URL, no body, nothing of a signature.</summary>
internal sealed class RequestTelemetry(RequestMetrics? metrics, string ca, TimeProvider time)
{
    private RequestMetrics? Metrics => metrics;

    private string Ca => ca;

    private TimeProvider Time => time;

    public Request Begin(string operation, string method) => new(this, operation, method);

    private Activity? Start(string operation, string method)
    {
        if (!AcmeActivities.Source.HasListeners()) return null;

        var span = AcmeActivities.Source.StartActivity($"acme.request.{operation}", ActivityKind.Client);
        return span?.SetTag(TelemetryNames.Ca, ca).SetTag(TelemetryNames.Operation, operation).SetTag(TelemetryNames.Method, method);
    }

    public sealed class Request(RequestTelemetry telemetry, string operation, string method) : IDisposable
    {
        private readonly long _began = telemetry.Time.GetTimestamp();
        private readonly Activity? _span = telemetry.Start(operation, method);
        private int? _status;
        private string? _error;

        public void Answered(AcmeResponse response)
        {
            _status = response.Status;
            if (response.IsSuccess) return;

            _error = response.Status.ToString(CultureInfo.InvariantCulture);
            if (_span is not null && ProblemReader.Read(response.Body) is { } problem) _span.SetTag(TelemetryNames.Problem, PlainText.Of(problem.Type, 100));
        }

        /// <param name="isGivenUp">By whoever wanted it: what else ends a request is a time that was too long.</param>
        public void Failed(Exception failed, bool isGivenUp) => (_status, _error) = failed switch
        {
            AcmeException fault => (fault.StatusCode, fault.Fault.ToString().ToLowerInvariant()),
            OperationCanceledException => (null, isGivenUp ? "cancelled" : "timeout"),
            HttpRequestException or IOException => (null, "connection"),
            _ => ((int?)null, "unexpected"),
        };

        public void Dispose()
        {
            telemetry.Metrics?.Ended(telemetry.Ca, operation, method, _status, _error, telemetry.Time.GetElapsedTime(_began));
            if (_span is null) return;

            if (_status is { } status) _span.SetTag(TelemetryNames.StatusCode, status);
            if (_error is not null) _span.SetTag(TelemetryNames.ErrorType, _error).SetStatus(ActivityStatusCode.Error);
            _span.Dispose();
        }
    }
}
