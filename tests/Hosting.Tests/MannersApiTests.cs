using System.IO.Compression;
using System.Net.Sockets;
using System.Text;

namespace Monitoring.Hosting.Tests;

/// <summary>HTTP as clients know it from elsewhere, and every refusal in the language that was asked for.</summary>
public sealed class MannersApiTests(Services services)
{
    const string Value = """{"indicator":"gdp","period":"1901-07","value":1,"status":"final"}""";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Indicators", "/v1/values", 200, "application/json")]
    [InlineData("Indicators", "/v1/templates/values.xlsx", 200, Sheet.MediaType)]
    [InlineData("Indicators", "/v1/indicators/nothing", 404, "application/problem+json")]
    [InlineData("Indicators", "/v1/values?zzz=1", 400, "application/problem+json")]
    [InlineData("Environment", "/v1/readings", 200, "application/json")]
    [InlineData("Evaluation", "/v1/export/events?follow=true", 200, "application/x-ndjson")]
    [InlineData("Alerting", "/v1/inbox/stream", 200, "text/event-stream")]
    public async Task Head_answers_as_get_would_without_a_body(string service, string path, int status, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
        using var answer = await services[service].Http.SendAsync(request, Cancel);
        Assert.Equal((status, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Theory]
    [InlineData("/v1/values", "GET, HEAD, OPTIONS, POST")]
    [InlineData("/v1/indicators/gdp", "GET, HEAD, OPTIONS, PUT")]
    [InlineData("/v1/withdrawals", "OPTIONS, POST")]
    public async Task Options_says_what_an_address_takes_and_other_methods_are_refused_with_it(string path, string allowed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, new Uri(path, UriKind.Relative));
        using var options = await services["Indicators"].Http.SendAsync(request, Cancel);
        Assert.Equal((204, allowed), ((int)options.StatusCode, string.Join(", ", options.Content.Headers.Allow)));

        var refused = await services.Send("Indicators", HttpMethod.Delete, path, null, null);
        refused.IsProblem(405, "http-405");
        Assert.Contains(allowed, refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(404, (await services.Send("Indicators", HttpMethod.Options, "/v1/nothing", null, null)).Status);
    }

    [Fact]
    public async Task A_key_in_other_letters_is_refused_with_a_word()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/values?dryRun=true", UriKind.Relative))
        {
            Content = new StringContent(Value, Encoding.UTF8, "application/json"),
        };
        // As curl sends it: the letters' bytes in UTF-8.
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var http = new HttpClient(handler) { BaseAddress = services["Indicators"].Http.BaseAddress };
        request.Headers.Add("X-Api-Key", services.Keys.Key);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "七月快报");
        using var answer = await http.SendAsync(request, Cancel);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("idempotency-key-invalid", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    public async Task An_unknown_encoding_is_refused_with_the_known_ones(string encoding)
    {
        var answer = await services.Post("Indicators", "/v1/values?dryRun=true", "application/json", Value, ("Content-Encoding", encoding));
        answer.IsProblem(415, "content-encoding-unsupported");
        Assert.Contains("gzip, br, deflate", answer.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("gzip, br, deflate", answer.Headers["Accept-Encoding"]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_that_is_not_in_its_encoding_is_refused_in_chinese(string encoding)
    {
        var answer = await services.Post(
            "Indicators", "/v1/values?dryRun=true", "application/json", Value, ("Content-Encoding", encoding), ("Accept-Language", "zh"));
        answer.IsProblem(400, "content-encoding-differs");
        Assert.DoesNotContain(answer.Text("detail")!.Replace("Content-Encoding", "", StringComparison.Ordinal), char.IsAsciiLetter);

        using var packed = new MemoryStream();
        await using (Stream packing = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        }) await packing.WriteAsync(Encoding.UTF8.GetBytes(Value), Cancel);
        var good = await services.Send("Indicators", HttpMethod.Post, "/v1/values?dryRun=true", "application/json", packed.ToArray(), ("Content-Encoding", encoding));
        Assert.Equal(200, good.Status);
    }

    [Theory]
    [InlineData("text/json", Value, 200)]
    [InlineData("application/jsonl", Value, 200)]
    [InlineData("application/csv", "indicator,period,value,status\ngdp,1901-07,1,final\n", 200)]
    [InlineData("application/xml", "<x/>", 415)]
    public async Task Every_media_type_comes_to_the_reader_of_the_body(string type, string body, int status)
    {
        var answer = await services.Post("Indicators", "/v1/values?dryRun=true", type, body);
        Assert.Equal(status, answer.Status);
        if (status == 415) answer.IsProblem(415, "media-type-unsupported");
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", "http-404", "没有此地址")]
    [InlineData("DELETE", "/v1/values", "http-405", "此地址不接受 DELETE")]
    [InlineData("GET", "/v1/receipts/x", "http-404", "没有此地址")]
    public async Task What_the_framework_refuses_has_words_of_its_own(string method, string path, string code, string words)
    {
        var answer = await services.Send("Indicators", new HttpMethod(method), path, null, null, ("Accept-Language", "zh-CN"));
        Assert.Equal(code, answer.Text("code"));
        Assert.Contains(words, answer.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_upload_is_answered()
    {
        // Evaluation is started with a limit of three seconds.
        using var client = new TcpClient();
        var address = services["Evaluation"].Http.BaseAddress!;
        await client.ConnectAsync(address.Host, address.Port, Cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/review-comments HTTP/1.1\r\nHost: {address.Authority}\r\nX-Api-Key: {services.Keys.Key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"), Cancel);
        var answer = Read();
        for (var sent = 0; sent < 60 && !answer.IsCompleted; sent++)
        {
            try
            {
                await stream.WriteAsync("[    "u8.ToArray(), Cancel);
            }
            catch (IOException)
            {
                break;
            }

            await Task.WhenAny(answer, Task.Delay(500, Cancel));
        }

        var text = await answer;
        Assert.StartsWith("HTTP/1.1 408", text, StringComparison.Ordinal);
        Assert.Contains("upload-too-slow", text, StringComparison.Ordinal);
        Assert.Contains("gzip", text, StringComparison.Ordinal);

        async Task<string> Read()
        {
            var (buffer, got) = (new byte[8192], new StringBuilder());
            while (!got.ToString().Contains('}') && await stream.ReadAsync(buffer, Cancel) is > 0 and var count)
                got.Append(Encoding.UTF8.GetString(buffer, 0, count));
            return got.ToString();
        }
    }

    [Fact]
    public async Task A_client_that_waits_to_be_told_to_go_on_is_told()
    {
        using var client = new TcpClient();
        var address = services["Indicators"].Http.BaseAddress!;
        await client.ConnectAsync(address.Host, address.Port, Cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/values?dryRun=true HTTP/1.1\r\nHost: {address.Authority}\r\nX-Api-Key: {services.Keys.Key}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: {Value.Length}\r\n\r\n"), Cancel);
        var buffer = new byte[8192];
        var first = Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Cancel));
        Assert.StartsWith("HTTP/1.1 100", first, StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Value), Cancel);
        using var rest = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 200", await rest.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }
}
