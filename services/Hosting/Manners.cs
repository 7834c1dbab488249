using System.Text;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Monitoring.Hosting;

/// <summary>
/// HTTP as RFC 9110 has it, where the framework alone would close a connection, take what it does not understand, or answer in its own
/// language.
/// </summary>
static class Manners
{
    // How long a HEAD may take, and how long after its first byte an answer may go on that has no end.
    static readonly TimeSpan headMax = TimeSpan.FromSeconds(5), afterHeaders = TimeSpan.FromMilliseconds(500);

    const string Encodings = "gzip, br, deflate";

    static readonly HashSet<string> encodings = new(StringComparer.OrdinalIgnoreCase) { "gzip", "br", "deflate" };

    public static void Add(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // The body's own limit (Body.cs) answers with a problem; this one only guards against endless uploads.
            kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024;
            // Kestrel would close the connection of a slow upload without a word; the time of an upload is limited below instead.
            kestrel.Limits.MinRequestBodyDataRate = null;
            // What a key may not hold is said by who reads it; Kestrel would answer without a word.
            kestrel.RequestHeaderEncodingSelector = name => name == "Idempotency-Key" ? Encoding.Latin1 : null;
        });
        // Routing would refuse a media type before the reader of the body, which knows more of them and says which.
        foreach (var policy in builder.Services.Where(service =>
            service.ServiceType == typeof(MatcherPolicy) && service.ImplementationType?.Name == "AcceptsMatcherPolicy").ToList())
            builder.Services.Remove(policy);
        builder.Services.AddRequestDecompression();
    }

    /// <summary>
    /// What comes before routing: <c>HEAD</c> is answered as <c>GET</c> would be, without its body. An answer that has no end has one here,
    /// soon after its headers.
    /// </summary>
    public static async Task Head(HttpContext http, RequestDelegate next)
    {
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await next(http);
            return;
        }

        var (connection, body) = (http.RequestAborted, http.Features.Get<IHttpResponseBodyFeature>()!);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(connection);
        (int Status, KeyValuePair<string, StringValues>[] Headers)? said = null;
        using var timer = new Timer(_ =>
        {
            said = (http.Response.StatusCode, [.. http.Response.Headers]);
            enough.Cancel();
        }, null, headMax, Timeout.InfiniteTimeSpan);
        (http.Request.Method, http.RequestAborted) = (HttpMethods.Get, enough.Token);
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new Nowhere(() => timer.Change(afterHeaders, Timeout.InfiniteTimeSpan))));
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (said is not null)
        {
            // The headers were all that was asked for.
        }
        finally
        {
            (http.Request.Method, http.RequestAborted) = (HttpMethods.Head, connection);
            http.Features.Set(body);
            if (said is var (status, headers))
            {
                http.Response.StatusCode = status;
                http.Response.Headers.Clear();
                foreach (var (name, value) in headers) http.Response.Headers[name] = value;
            }
        }
    }

    /// <summary>What comes before decompression: an encoding that nobody undoes would be read as if there were none.</summary>
    public static Task Decode(HttpContext http, RequestDelegate next)
    {
        var encoding = http.Request.Headers.ContentEncoding.ToString();
        if (encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) http.Request.Headers.ContentEncoding = default;
        else if (encoding.Length > 0 && HasBody(http) && !encodings.Contains(encoding))
        {
            http.Response.Headers.AcceptEncoding = Encodings;
            return Problem.Of(415, "content-encoding-unsupported", new(
                $"不支持此 Content-Encoding；可用：{Encodings}，或不压缩。",
                $"This Content-Encoding is not supported; use {Encodings}, or none.")).ExecuteAsync(http);
        }

        return next(http);
    }

    /// <summary>What comes after decompression: an upload that takes longer than the limit is answered.</summary>
    public static async Task Receive(HttpContext http, RequestDelegate next, TimeSpan limit)
    {
        using var late = new CancellationTokenSource();
        if (HasBody(http))
        {
            late.CancelAfter(limit);
            http.Request.Body = new Upload(http.Request.Body, late.Token);
        }

        await next(http);
    }

    static bool HasBody(HttpContext http) => http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    /// <summary>The answer to a request that cannot be read to its end.</summary>
    public static Problem Unreadable(HttpContext http, BadHttpRequestException bad)
    {
        switch (bad.StatusCode)
        {
            case 408:
                http.Response.Headers.Connection = "close";
                return Problem.Of(408, "upload-too-slow", new(
                    $"请求体未在 {Seconds(http)} 秒内收完，未保存任何数据；请分批发送或压缩（gzip）后重发。",
                    $"The body did not arrive within {Seconds(http)} seconds, and nothing was stored; send it in parts, or compressed with gzip."));
            case 413:
                return Problem.Of(413, "body-too-large", new("请求体过大；请分批发送。", "The body is too large; send it in parts."));
            case 400 when bad.InnerException is not null:
                return Problem.Of(400, "content-encoding-differs", new(
                    "请求体不是 Content-Encoding 所声明的压缩格式，或不完整；请检查压缩方式，或不压缩并去掉该请求头。",
                    "The body is not in the encoding that Content-Encoding names, or is cut short; mend it, or send it without both."));
            default:
                return Problem.Of(bad.StatusCode, "bad-request", new(
                    "请求无法读取：请求头或请求体不完整，或不符合 HTTP。", "The request cannot be read: a header or the body is cut short, or is not HTTP."));
        }
    }

    /// <summary>The answer where routing has none of its own: no such address, another method, or what <c>OPTIONS</c> asks.</summary>
    public static Task Say(HttpContext http)
    {
        var (status, method) = (http.Response.StatusCode, http.Request.Method);
        if (status == 405 && http.Response.Headers.Allow.ToString() is { Length: > 0 } allow)
        {
            var methods = allow.Split(',', StringSplitOptions.TrimEntries).ToList();
            if (methods.Contains(HttpMethods.Get)) methods.Add(HttpMethods.Head);
            methods.Add(HttpMethods.Options);
            allow = string.Join(", ", methods.Order(StringComparer.Ordinal));
            http.Response.Headers.Allow = allow;
            if (HttpMethods.IsOptions(method))
            {
                http.Response.StatusCode = 204;
                return Task.CompletedTask;
            }

            return Problem.Of(405, "http-405", new(
                $"此地址不接受 {method}；可用的方法：{allow}。", $"This address does not take {method}; it takes {allow}.")).ExecuteAsync(http);
        }

        return (status switch
        {
            404 => Problem.Of(404, "http-404", new("没有此地址；全部地址见 /scalar。", "There is no such address; all of them are at /scalar.")),
            400 => Problem.Of(400, "http-400", new("地址或参数中有无法读取的值。", "A value in the address or a parameter cannot be read.")),
            415 => Body.MediaTypeUnsupported,
            _ => Problem.Of(status, $"http-{status}", new($"请求未被接受（HTTP {status}）。", $"The request was not accepted (HTTP {status}).")),
        }).ExecuteAsync(http);
    }

    /// <summary>How long an upload may take, <c>Http:UploadSeconds</c>, default 120.</summary>
    public static TimeSpan UploadLimit(IConfiguration configuration) => TimeSpan.FromSeconds(configuration.GetValue("Http:UploadSeconds", 120));

    static string Seconds(HttpContext http) => UploadLimit(http.RequestServices.GetRequiredService<IConfiguration>()).TotalSeconds
        .ToString(CultureInfo.InvariantCulture);

    /// <summary>A body on its way, whose reads fail with 408 once it is late, and with 400 where it is not what it claims to be.</summary>
    sealed class Upload(Stream body, CancellationToken late) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late);
            try
            {
                return await body.ReadAsync(buffer, either.Token);
            }
            catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new BadHttpRequestException("The body is late.", StatusCodes.Status408RequestTimeout, e);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                // The one is what gzip and deflate throw, the other is Brotli's.
                throw new BadHttpRequestException("The body is not in its encoding.", StatusCodes.Status400BadRequest, e);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read without blocking.");

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>Takes a body and keeps nothing of it.</summary>
    sealed class Nowhere(Action begun) : Stream
    {
        bool hasBegun;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => Begin();

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Begin();
            return Task.CompletedTask;
        }

        public override void Write(byte[] buffer, int offset, int count) => Begin();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => FlushAsync(cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Begin();
            return ValueTask.CompletedTask;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        void Begin()
        {
            if (hasBegun) return;
            hasBegun = true;
            begun();
        }
    }
}
