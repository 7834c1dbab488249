using System.Net;
using System.Net.Sockets;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// Where the service may connect to. What people enter as a receiver's address must not become a way into the network that the service
/// runs in: https to public addresses only, unless the host is in <c>Channels:AllowedHosts</c>, which the operator sets.
/// </summary>
public sealed class Addresses(IConfiguration configuration)
{
    static readonly IPNetwork[] closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32",
            "2002::/16",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    static readonly IPNetwork global = IPNetwork.Parse("2000::/3");

    readonly HashSet<string> allowed =
        new(configuration.GetSection("Channels:AllowedHosts").Get<string[]>() ?? [], StringComparer.OrdinalIgnoreCase);

    /// <summary>True for an address that anybody on the Internet could reach (IANA's special-purpose registries, RFC 6890).</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !global.Contains(address)) return false;
        return !Array.Exists(closed, network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address));
    }

    /// <summary>Why a receiver cannot have its address, if it cannot. Names are looked up only when a connection is made.</summary>
    internal Refusal? Refuse(Receiver receiver)
    {
        if (receiver.Channel == ChannelKind.Mail)
            return MimeKit.MailboxAddress.TryParse(receiver.Address, out var mailbox) && mailbox.Address == receiver.Address &&
                mailbox.Address.Contains('@')
                ? null
                : Refusal.Invalid("not-a-mailbox", $"{receiver.Name}：应为邮箱地址。", $"{receiver.Name}: must be a mail address.", "receivers");
        if (!Uri.TryCreate(receiver.Address, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") ||
            uri.UserInfo.Length > 0 ||
            uri.Query.Length > 0 || uri.Fragment.Length > 0)
            return Refusal.Invalid("not-an-address", $"{receiver.Name}：应为不含账号、参数的网址；令牌请放在密钥中。",
                $"{receiver.Name}: must be a URL without user, query and fragment; tokens belong into the secret.", "receivers");
        if (allowed.Contains(uri.Host)) return null;
        return uri.Scheme == "http" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && !IsPublic(address)) ||
            uri.IsLoopback
            ? Refusal.Invalid("address-not-allowed", $"{receiver.Name}：只允许公网 https 地址；内网主机须由运维列入 Channels:AllowedHosts。",
                $"{receiver.Name}: https to public addresses only; the operator lists others in Channels:AllowedHosts.", "receivers")
            : null;
    }

    /// <summary>Connects, and to a host that is not listed only where its name leads to a public address at this moment.</summary>
    internal async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var host = context.DnsEndPoint.Host;
        var found = await Dns.GetHostAddressesAsync(host, cancel);
        var open = allowed.Contains(host) ? found : [.. found.Where(IsPublic)];
        if (open.Length == 0) throw new HttpRequestException($"{host} leads to no address that is allowed.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
