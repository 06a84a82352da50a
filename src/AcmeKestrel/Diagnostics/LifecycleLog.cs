using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Events 600-699.</summary>
internal static partial class LifecycleLog
{
    [LoggerMessage(600, LogLevel.Information, "{Label}: ordering a certificate, since {Because}")]
    public static partial void Ordering(this ILogger logger, string label, string because);

    [LoggerMessage(601, LogLevel.Information, "{Label}: certificate {Generation} is here, valid until {NotAfter:u}")]
    public static partial void Issued(this ILogger logger, string label, string generation, DateTimeOffset notAfter);

    [LoggerMessage(602, LogLevel.Warning, "{Label}: no certificate: {Problem}")]
    public static partial void OrderFailed(this ILogger logger, string label, string problem);

    [LoggerMessage(603, LogLevel.Warning, "{Label}: held: {Reason}")]
    public static partial void Held(this ILogger logger, string label, string reason);

    [LoggerMessage(604, LogLevel.Warning, "{Label}: the CA does not know the order any more: {Reason}")]
    public static partial void OrderLost(this ILogger logger, string label, string reason);

    [LoggerMessage(605, LogLevel.Warning, "{Label}: {Warning}")]
    public static partial void CertificateDates(this ILogger logger, string label, string warning);

    [LoggerMessage(606, LogLevel.Error, "{Label}: unexpected failure")]
    public static partial void UnexpectedFailure(this ILogger logger, Exception exception, string label);

    [LoggerMessage(607, LogLevel.Information, "{Label}: the CA suggests to renew between {Start:u} and {End:u}; it is due at {Due:u}{Explanation}")]
    public static partial void RenewalHurried(this ILogger logger, string label, DateTimeOffset start, DateTimeOffset end, DateTimeOffset due, string explanation);

    [LoggerMessage(608, LogLevel.Warning, "{Label}: the profile {Profile} is not granted, so the certificate is ordered without it: {Reason}")]
    public static partial void ProfileDropped(this ILogger logger, string label, string profile, string reason);

    [LoggerMessage(609, LogLevel.Information, "{Label}: the CA may have refused the order for the certificate it replaces; it is asked without that: {Reason}")]
    public static partial void ReplacesRefused(this ILogger logger, string label, string reason);

    [LoggerMessage(643, LogLevel.Information, "{Label}: the certificate of {From}, which is wished no more and has the same names, is taken over; it is valid until {NotAfter:u}")]
    public static partial void TakenOver(this ILogger logger, string label, string from, DateTimeOffset notAfter);

    [LoggerMessage(644, LogLevel.Information, "{Label}: is wished no more, and its certificate ended {NotAfter:u}: what was stored of it is removed (Acme:Keep)")]
    public static partial void Forgotten(this ILogger logger, string label, DateTimeOffset notAfter);

    [LoggerMessage(664, LogLevel.Information, "{Label}: certificate {Generation}, which another program obtained, was imported; it is valid until {NotAfter:u}")]
    public static partial void Imported(this ILogger logger, string label, string generation, DateTimeOffset notAfter);

    [LoggerMessage(665, LogLevel.Information, "{Label}: {Remark}")]
    public static partial void ProfileRemark(this ILogger logger, string label, string remark);

    [LoggerMessage(645, LogLevel.Warning, "What the process that has the state commits cannot be followed: {Problem}")]
    public static partial void StandbyCannotFollow(this ILogger logger, string problem);

    [LoggerMessage(646, LogLevel.Information, "{Label}: certificate {Generation} of the process that has the state is served here, too; it is valid until {NotAfter:u}")]
    public static partial void StandbyFollowed(this ILogger logger, string label, string generation, DateTimeOffset notAfter);

    [LoggerMessage(647, LogLevel.Debug, "{Label}: held, as others are: {Reason}")]
    public static partial void HeldAsOthers(this ILogger logger, string label, string reason);

    [LoggerMessage(658, LogLevel.Information, "The account {AccountUrl} is the one of {Email} from now on, and was the one of {Former}")]
    public static partial void AccountMoved(this ILogger logger, string accountUrl, string former, string email);

    [LoggerMessage(660, LogLevel.Information, "{Label}: no challenge type did, so its names are tried at {Staging} first, where a failure costs nothing")]
    public static partial void Rehearsing(this ILogger logger, string label, string staging);

    [LoggerMessage(661, LogLevel.Information, "{Label}: its names were validated at {Staging}; the order that counts follows")]
    public static partial void Rehearsed(this ILogger logger, string label, string staging);

    [LoggerMessage(662, LogLevel.Information, "{Label}: its names could not be tried at {Staging}, and the order that counts follows: {Reason}")]
    public static partial void RehearsalIgnored(this ILogger logger, string label, string staging, string reason);

    [LoggerMessage(663, LogLevel.Information, "{Label}: seen from here, {Fault}; {Next}")]
    public static partial void NotReachedFromHere(this ILogger logger, string label, string fault, string next);

    [LoggerMessage(610, LogLevel.Information, "Registered an account at {Provider}: {AccountUrl}")]
    public static partial void AccountRegistered(this ILogger logger, string provider, string accountUrl);

    [LoggerMessage(611, LogLevel.Warning, "The CA does not know the account {AccountUrl} any more; its key is registered anew")]
    public static partial void AccountLost(this ILogger logger, string accountUrl);

    [LoggerMessage(612, LogLevel.Warning, "{Provider} does not answer as it should: {Reason}; it is left alone until {Until:u}")]
    public static partial void ProviderFault(this ILogger logger, string provider, string reason, DateTimeOffset until);

    [LoggerMessage(613, LogLevel.Debug, "{Label}: authorizations could not be given up: {Reason}")]
    public static partial void AuthorizationKept(this ILogger logger, string label, string reason);

    [LoggerMessage(614, LogLevel.Information, "The account {AccountUrl} has a new key, {Thumbprint}")]
    public static partial void AccountKeyChanged(this ILogger logger, string accountUrl, string thumbprint);

    [LoggerMessage(615, LogLevel.Warning, "The account {AccountUrl} keeps its key {Thumbprint}: the CA did not take the new one")]
    public static partial void AccountKeyKept(this ILogger logger, string accountUrl, string thumbprint);

    [LoggerMessage(616, LogLevel.Warning, "The account {AccountUrl} is closed for good")]
    public static partial void AccountClosed(this ILogger logger, string accountUrl);

    [LoggerMessage(617, LogLevel.Error, "An account waits for a human: {Reason}")]
    public static partial void AccountRefused(this ILogger logger, string reason);

    [LoggerMessage(618, LogLevel.Debug, "{Label}: {Provider} could not be asked when to renew: {Reason}")]
    public static partial void RenewalInfoFailed(this ILogger logger, string label, string provider, string reason);

    [LoggerMessage(619, LogLevel.Debug, "{Label}: the alternate chain {Url} is skipped: {Reason}")]
    public static partial void AlternateSkipped(this ILogger logger, string label, string url, string reason);

    [LoggerMessage(642, LogLevel.Warning, "{Label}: when the CA suggests to renew could not be written: {Problem}")]
    public static partial void RenewalInfoNotKept(this ILogger logger, string label, string problem);

    [LoggerMessage(620, LogLevel.Error, "The state cannot be written, so nothing is ordered: {Problem}")]
    public static partial void StateNotHeld(this ILogger logger, string problem);

    [LoggerMessage(621, LogLevel.Error, "A stored record is damaged and left as it is: {Problem}")]
    public static partial void RecordDamaged(this ILogger logger, string problem);

    [LoggerMessage(622, LogLevel.Warning, "{Label}: {Generation} is committed and served, but not tidied up after: {Problem}")]
    public static partial void GenerationNotTidied(this ILogger logger, string label, string generation, string problem);

    [LoggerMessage(623, LogLevel.Warning, "A stored record cannot be read now, and what depends on it waits: {Problem}")]
    public static partial void RecordUnread(this ILogger logger, string problem);

    [LoggerMessage(624, LogLevel.Warning, "{Doubt}, and {Provider} is a public CA: after a restart everything would be ordered anew, against its limits. Keep the state on a volume that stays (Acme:StateDirectory), or use a CA to try things with")]
    public static partial void StateInDoubt(this ILogger logger, string doubt, string provider);

    [LoggerMessage(625, LogLevel.Information, "Another machine has the right to order; this one serves what that commits")]
    public static partial void StateElsewhere(this ILogger logger);

    [LoggerMessage(626, LogLevel.Information, "This machine has the right to order from now on (token {Token})")]
    public static partial void StateTaken(this ILogger logger, long token);

    [LoggerMessage(627, LogLevel.Warning, "{Label}: an order has ended, and what it took of the CA's limits, or has open there, stays: {Problem}")]
    public static partial void OrderNotTidied(this ILogger logger, string label, string problem);

    [LoggerMessage(631, LogLevel.Debug, "Something that goes on by itself waits for the store: {Problem}")]
    public static partial void LoopWaits(this ILogger logger, string problem);

    [LoggerMessage(630, LogLevel.Error, "The worker met a surprise and begins again")]
    public static partial void WorkerSurprised(this ILogger logger, Exception exception);

    [LoggerMessage(640, LogLevel.Information, "{Label}: the order that a process before this one made is found in the account's list: {OrderUrl}")]
    public static partial void OrderFound(this ILogger logger, string label, string orderUrl);

    [LoggerMessage(650, LogLevel.Warning, "{Label}: certificate {Generations} is to be revoked ({Reason}); another one is ordered first")]
    public static partial void RevocationBegun(this ILogger logger, string label, string generations, string reason);

    [LoggerMessage(651, LogLevel.Information, "{Label}: certificate {Generation} is revoked ({Reason}{How})")]
    public static partial void CertificateRevoked(this ILogger logger, string label, string generation, string reason, string how);

    [LoggerMessage(652, LogLevel.Warning, "{Label}: certificate {Generation} could not be revoked, and is tried again at {Until:u}: {Problem}")]
    public static partial void RevocationFailed(this ILogger logger, string label, string generation, string problem, DateTimeOffset until);

    [LoggerMessage(653, LogLevel.Warning, "{Label}: the CA has revoked certificate {Generation} ({Reason}); another one is ordered")]
    public static partial void RevocationFound(this ILogger logger, string label, string generation, string reason);

    [LoggerMessage(654, LogLevel.Debug, "{Label}: the list of revoked certificates {Url} could not be used: {Reason}")]
    public static partial void RevocationListUnusable(this ILogger logger, string label, string url, string reason);

    [LoggerMessage(655, LogLevel.Information, "{Label}: certificate {Former} is left, and {Generation} is served again; it is valid until {NotAfter:u}")]
    public static partial void RolledBack(this ILogger logger, string label, string former, string generation, DateTimeOffset notAfter);

    [LoggerMessage(656, LogLevel.Warning, "The account at {Provider} is {AccountUrl} from now on, and was {Former}: change accounturi in CAA and dns-persist-01 records that name it, or nothing is issued for their names")]
    public static partial void AccountReplaced(this ILogger logger, string provider, string accountUrl, string former);

    [LoggerMessage(657, LogLevel.Information, "The account {AccountUrl} is found by its key, and its record is whole again")]
    public static partial void AccountFound(this ILogger logger, string accountUrl);

    [LoggerMessage(641, LogLevel.Debug, "{Label}: the account's list of orders could not be read: {Reason}")]
    public static partial void OrderListUnreadable(this ILogger logger, string label, string reason);

    [LoggerMessage(670, LogLevel.Information, "{Verb} of {Subject} was asked for by {By}")]
    public static partial void RequestBegun(this ILogger logger, string verb, string subject, string by);

    [LoggerMessage(671, LogLevel.Warning, "The request {Request} cannot be gone on with now: {Reason}")]
    public static partial void RequestFailed(this ILogger logger, string request, string reason);

    [LoggerMessage(672, LogLevel.Debug, "A command's connection broke off: {Reason}")]
    public static partial void ControlConnectionBroken(this ILogger logger, string reason);

    [LoggerMessage(673, LogLevel.Warning, "Commands cannot see what this process does: the path {Path} is too long for a socket on this system")]
    public static partial void NoControlSocket(this ILogger logger, string path);
}
