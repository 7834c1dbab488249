using System.Net.Http.Headers;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Monitoring.Contracts.Alerting;

namespace Monitoring.Alerting;

/// <summary>
/// Makes one attempt to deliver. Whatever a receiver does is an answer and no exception. Secrets come from <c>Secrets:{name}</c> or the
/// file
/// named by <c>SecretFiles:{name}</c>, read anew each time so that they can be changed; mail goes by the server of <c>Mail:Host</c>,
/// <c>Mail:Port</c>, <c>Mail:From</c>, with the secret <c>Mail:Secret</c> as user and password where it wants them.
/// </summary>
public sealed class Sender(IConfiguration configuration, Addresses addresses) : IDisposable
{
    const int AnswerBytesMax = 4_096;

    static readonly TimeSpan connectMax = TimeSpan.FromSeconds(5);

    readonly HttpClient http = new(new SocketsHttpHandler
    {
        // A redirect would lead past the check of the address, and a proxy would connect in our place.
        AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectTimeout = connectMax, ConnectCallback = addresses.Connect,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2), ResponseDrainTimeout = connectMax,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Sends a message; answers within the time limit.</summary>
    internal async Task<Delivery> Send(
        Receiver receiver, Message message, IReadOnlyList<Alert> alerts, TimeSpan limit, DateTimeOffset now, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(limit);
        try
        {
            // Configuration may have changed since the address was taken.
            if (addresses.Refuse(receiver) is { } refusal) return new Delivery(false, refusal.Code, IsDown: true);
            var secret = receiver.Secret is null ? null : await Secret(receiver.Secret, timeout.Token);
            if (receiver.Secret is not null && secret is null)
                return new Delivery(false, $"secret-missing {receiver.Secret}", IsDown: true);
            return receiver.Channel == ChannelKind.Mail
                ? await Mail(receiver, message, timeout.Token)
                : await Post(receiver.Channel, Formats.Of(receiver, secret, message, alerts, now), timeout.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new Delivery(false, $"timeout {limit.TotalSeconds:0} s", IsDown: true);
        }
        catch (FormatException e)
        {
            return new Delivery(false, $"secret-unusable {e.Message}", IsDown: true);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or ProtocolException
            or ServiceNotConnectedException or ServiceNotAuthenticatedException or SslHandshakeException)
        {
            return new Delivery(false, Formats.Short(e.Message), IsDown: true);
        }
    }

    async Task<Delivery> Post(ChannelKind channel, Outgoing outgoing, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, outgoing.To) { Content = new ByteArrayContent(outgoing.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(outgoing.MediaType);
        request.Headers.UserAgent.ParseAdd("monitoring-alerting/1");
        foreach (var (name, value) in outgoing.Headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        var after = response.Headers.RetryAfter?.Delta is { } delta && delta < TimeSpan.FromHours(1) ? delta : (TimeSpan?)null;
        return Formats.Read(channel, (int)response.StatusCode, await Beginning(response.Content, cancel), after);
    }

    static async Task<string> Beginning(HttpContent content, CancellationToken cancel)
    {
        await using var body = await content.ReadAsStreamAsync(cancel);
        var bytes = new byte[AnswerBytesMax];
        var count = await body.ReadAtLeastAsync(bytes, AnswerBytesMax, throwOnEndOfStream: false, cancel);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, count);
    }

    async Task<Delivery> Mail(Receiver receiver, Message message, CancellationToken cancel)
    {
        if (configuration["Mail:Host"] is not { Length: > 0 } host || configuration["Mail:From"] is not { Length: > 0 } from)
            return new Delivery(false, "mail-not-configured", IsDown: true);
        using var mail = MailFormat.Of(message, receiver, from);
        using var smtp = new SmtpClient();
        try
        {
            await smtp.ConnectAsync(host, configuration.GetValue("Mail:Port", 587), SecureSocketOptions.StartTlsWhenAvailable, cancel);
            if (configuration["Mail:Secret"] is { Length: > 0 } name)
            {
                if (!smtp.IsSecure) return new Delivery(false, "mail-server-without-tls: no password is sent to it", IsDown: true);
                if (await Secret(name, cancel) is not { } secret || Signatures.Parts(secret) is not [var user, var password])
                    return new Delivery(false, $"secret-missing {name}", IsDown: true);
                await smtp.AuthenticateAsync(user, password, cancel);
            }

            var said = await smtp.SendAsync(mail, cancel);
            // It is taken; how the server says goodbye changes nothing.
            return new Delivery(true, Formats.Short(said));
        }
        catch (SmtpCommandException e)
        {
            // 5yz: for good, by RFC 5321 §4.2.1; still tried again, since what is wrong is often mended.
            return new Delivery(false, $"{(int)e.StatusCode} {Formats.Short(e.Message)}", IsDown: (int)e.StatusCode < 500);
        }
        catch (AuthenticationException)
        {
            return new Delivery(false, "mail-authentication-failed", IsDown: true);
        }
    }

    async Task<string?> Secret(string name, CancellationToken cancel)
    {
        if (configuration[$"Secrets:{name}"] is { Length: > 0 } value) return value;
        return configuration[$"SecretFiles:{name}"] is { Length: > 0 } file && File.Exists(file)
            ? (await File.ReadAllTextAsync(file, cancel)).Trim() : null;
    }

    public void Dispose() => http.Dispose();
}
