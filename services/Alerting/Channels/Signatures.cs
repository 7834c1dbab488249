using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Monitoring.Alerting;

/// <summary>How receivers know that a message is ours.</summary>
public static class Signatures
{
    const string WebhookPrefix = "whsec_";

    /// <summary>
    /// The <c>webhook-signature</c> of the Standard Webhooks specification: <c>v1,</c> and base64 of HMAC-SHA256 over id, timestamp and
    /// body;
    /// one for each secret, so that a receiver may change its secret without missing a message.
    /// </summary>
    /// <param name="id"><c>webhook-id</c>.</param>
    /// <param name="timestamp"><c>webhook-timestamp</c>, Unix seconds.</param>
    /// <param name="body">As sent.</param>
    /// <param name="secrets">Base64, with or without <c>whsec_</c>; the new one first, and the old one, separated by white space.</param>
    /// <exception cref="FormatException">A secret is not base64.</exception>
    public static string Webhook(string id, long timestamp, ReadOnlySpan<byte> body, string secrets)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', Parts(secrets).Select(secret =>
        {
            var key = Convert.FromBase64String(secret.StartsWith(WebhookPrefix, StringComparison.Ordinal) ? secret[WebhookPrefix.Length..]
                : secret);
            return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        }));
    }

    /// <summary>钉钉加签: the secret is the key, timestamp (milliseconds) and secret are signed.</summary>
    public static string DingTalk(long milliseconds, string secret) => Convert.ToBase64String(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{milliseconds}\n{secret}"))));

    /// <summary>飞书签名校验: timestamp (seconds) and secret are the key, nothing is signed.</summary>
    public static string Feishu(long seconds, string secret) => Convert.ToBase64String(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seconds}\n{secret}")), Array.Empty<byte>()));

    /// <summary>The parts of a secret, e.g. a bot's token and its signing secret.</summary>
    internal static string[] Parts(string secret) => secret.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
