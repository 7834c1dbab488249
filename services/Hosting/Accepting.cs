using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Monitoring.Hosting;

/// <summary>In which of the forms that there are an answer is wanted, by <c>Accept</c> (RFC 9110, 12.5.1).</summary>
public static class Accepting
{
    extension(HttpRequest request)
    {
        /// <summary>
        /// The one of these media types that the caller would have first; the first of them where anything will do or nothing can be read, and
        /// null where none will.
        /// </summary>
        public string? Choose(params IReadOnlyList<string> offers)
        {
            var accepted = request.GetTypedHeaders().Accept;
            if (accepted.Count == 0) return offers[0];
            bool Refused(string offer) => accepted.Any(one => one.Quality == 0 && !one.MatchesAllSubTypes && one.MatchesMediaType(offer));
            return accepted.Where(one => one.Quality != 0)
                .OrderByDescending(one => one.Quality ?? 1).ThenBy(one => one.MatchesAllTypes ? 2 : one.MatchesAllSubTypes ? 1 : 0)
                .Select(one => offers.FirstOrDefault(offer => one.MatchesMediaType(offer) && !Refused(offer)))
                .FirstOrDefault(offer => offer is not null);
        }
    }

    /// <summary>The answer to who will have none of them.</summary>
    public static Problem NotAcceptable(params IReadOnlyList<string> offers)
    {
        var all = string.Join(", ", offers);
        return Problem.Of(406, "not-acceptable", new($"没有 Accept 所要的格式；可用：{all}。", $"There is no such format; Accept one of: {all}."));
    }

    /// <summary>Says that an answer is a file to be kept, under a name made of its address: <c>/v1/log/audits</c> is <c>log-audits.csv</c>.</summary>
    public static void NameFile(this HttpContext http, string extension)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName($"{NameOf(http)}.{extension}");
        http.Response.Headers.ContentDisposition = disposition.ToString();
    }

    /// <summary>The address without its version, of letters and digits that any file or sheet may be called by.</summary>
    internal static string NameOf(HttpContext http) => string.Concat(
        string.Join('-', (http.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1))
            .Select(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' ? character : '_'));
}
