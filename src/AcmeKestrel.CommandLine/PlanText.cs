namespace AcmeKestrel.CommandLine;

/// <summary>A plan as one line for a person. Pure.</summary>
internal static class PlanText
{
    public static string Of(AcmePlannedCertificate plan)
    {
        var at = plan.At is { } moment ? $" ({AcmeStatusLine.Moment(moment)})" : "";
        return $"{ShownName.Of(plan.Label, plan.Status)}: {WithReason(plan)}{at}";
    }

    public static string WithReason(AcmePlannedCertificate plan) => $"{What(plan)}, since {VerbConsole.OneLine(plan.Reason)}";

    private static string What(AcmePlannedCertificate plan) => plan.Action switch
    {
        AcmePlannedAction.None => "nothing to do before its renewal",
        AcmePlannedAction.Order => $"a certificate for {ShownName.Of(plan.Names, plan.Status)} is ordered from {plan.Provider}",
        AcmePlannedAction.Continue => "its order goes on",
        AcmePlannedAction.Abandon => "its order is given up",
        AcmePlannedAction.Wait => "it waits",
        AcmePlannedAction.Revoke => "the former certificate is revoked at the CA",
        AcmePlannedAction.TakeOver => "a stored certificate is taken over",
        _ => "what is stored of it is removed",
    };
}
