namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>An answer, and why there is none where there is none.</summary>
internal readonly record struct PermissionReply(PermissionAnswer Answer, string? Problem = null)
{
    public static PermissionReply Of(bool isAllowed) => new(isAllowed ? PermissionAnswer.Yes : PermissionAnswer.No);

    public static PermissionReply Failed(string problem) => new(PermissionAnswer.Failed, problem);
}
