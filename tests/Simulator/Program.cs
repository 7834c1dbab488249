using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Monitoring.Simulator;

// Plays stations with HJ 212 devices against a running Environment service. See: deploy/simulate --help
var (seed, stations, days, from) = (1, 30, 365, new DateOnly(2025, 1, 1));
var (host, port, http, key, dayMin) = ("127.0.0.1", 5212, "http://127.0.0.1:5104", "", TimeSpan.Zero);
for (var at = 0; at + 1 < args.Length; at += 2)
{
    var value = args[at + 1];
    switch (args[at])
    {
        case "--seed": seed = int.Parse(value, CultureInfo.InvariantCulture); break;
        case "--stations": stations = int.Parse(value, CultureInfo.InvariantCulture); break;
        case "--days": days = int.Parse(value, CultureInfo.InvariantCulture); break;
        case "--from": from = DateOnly.ParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture); break;
        case "--host": host = value; break;
        case "--port": port = int.Parse(value, CultureInfo.InvariantCulture); break;
        case "--http": http = value; break;
        case "--key-file": key = (await File.ReadAllTextAsync(value)).Trim(); break;
        case "--day": dayMin = TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture)); break;
        default:
            await Console.Error.WriteLineAsync($"unknown argument: {args[at]}");
            return 2;
    }
}

var (output, season) = (Console.Out, new Season(seed, stations, from, days));
if (key.Length > 0)
{
    using var client = new HttpClient { BaseAddress = new Uri(http) };
    client.DefaultRequestHeaders.Add("X-Api-Key", key);
    using var content = new StringContent(season.Registrations(), Encoding.UTF8, new MediaTypeHeaderValue("text/csv"));
    using var answer = await client.PostAsync(new Uri("/v1/stations", UriKind.Relative), content);
    if (!answer.IsSuccessStatusCode)
    {
        await Console.Error.WriteLineAsync($"the stations were not registered: {await answer.Content.ReadAsStringAsync()}");
        return 1;
    }

    await output.WriteLineAsync($"{stations} stations registered, the first as {season.Devices[0].Mn}");
}

var (player, watch) = (new Player(season, host, port), Stopwatch.StartNew());
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
try
{
    var playing = player.Play(dayMin, stop.Token);
    while (await Task.WhenAny(playing, Task.Delay(TimeSpan.FromSeconds(5))) != playing)
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:0} s: {player.Packets} packets sent, {player.Answers} answers"));
    var record = await playing;
    await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
        $"done in {watch.Elapsed.TotalSeconds:0.0} s: {player.Packets} packets, {player.Answers} answers, {record.Values.Sum(one => one.Count)} hour values to be on record, {season.Storms} storms"));
    return 0;
}
catch (OperationCanceledException)
{
    return 130;
}
catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or InvalidOperationException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
