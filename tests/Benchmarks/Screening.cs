using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Testing;
using Monitoring.Testing.Relapse;

namespace Monitoring.Benchmarks;

/// <summary>
/// A screening of the whole county as somebody asks for it over HTTP: 154,000 households and a year of what departments and visits said
/// of them, against a loop written by hand for exactly the shipped thresholds over the same facts in arrays. The loop's count of what
/// stands above a threshold must equal that of the product's judging.
/// </summary>
static class Screening
{
    const int RowsMax = 10_000;
    const int Rounds = 5;

    public static async Task Run(TestServers servers, Report report)
    {
        var today = ChinaTime.Day(TimeProvider.System.GetUtcNow());
        var county = new SyntheticCounty(4);
        var (facts, surveys) = Make(county, today);

        var keys = new TestKeys();
        var (connection, amqp) = (await servers.CreateDatabase("screening"), await servers.Amqp());
        await using var sink = await Sink.Open(amqp);
        var (first, warm) = (0d, new List<double>());
        await using (var relapse = await ServiceProcess.Start("Relapse", connection, amqp, keys))
        {
            var watch = Stopwatch.StartNew();
            await Push(relapse.Http, "/v1/areas", SyntheticCounty.Townships.Select(code => (object)new { code, name = code, nameEn = code, kind = "town" }));
            await Push(relapse.Http, "/v1/households", county.All.Select(one => (object)new EnrolmentRow(
                one.Id, one.Village, one.LiftedOut ? HouseholdCategory.LiftedOut : HouseholdCategory.Ordinary, one.Members, today.AddYears(-2))));
            await Push(relapse.Http, "/v1/signals", facts.Select((fact, at) => (object)new SignalRow(
                county[fact.Home].Id, null, null, Number(at), fact.Kind, fact.Amount, "元", fact.Since, fact.On)));
            await Push(relapse.Http, "/v1/surveys", surveys.Select(one => (object)one.Row));
            report.Add("screening: rows taken and judged as they come", Rate(county.Households + facts.Length + surveys.Count, watch.Elapsed), Invariant($"{facts.Length:#,0} signals, {surveys.Count:#,0} surveys"));
        }

        // A program that knows nothing yet reads all of it once.
        await using (var relapse = await ServiceProcess.Start("Relapse", connection, amqp, keys))
        {
            var before = Resident(relapse.ProcessId);
            first = (await Screen(relapse.Http)).TotalSeconds;
            var after = Resident(relapse.ProcessId);
            for (var round = 0; round < Rounds; round++) warm.Add(county.Households / (await Screen(relapse.Http)).TotalSeconds);
            report.Add("screening: the first after a start, with reading the store", Invariant($"{county.Households / first:#,0}/s"),
                Invariant($"{first:0.0} s; resident {before} MiB before, {after} MiB after"));

            // Thresholds that half of the county's patients cross.
            var lower = RuleSet.Shipped.Rules.Select(rule => rule.Code == "inpatient-ordinary" ? rule with { Amount = 5_000 } : rule).ToArray();
            using (var published = await relapse.Http.PutAsJsonAsync(new Uri("/v1/rule-sets/lower", UriKind.Relative),
                new { effectiveFrom = today, rules = lower, groups = Array.Empty<GroupRule>(), reason = "基准测试" }, EventJson.Options))
                if (!published.IsSuccessStatusCode) throw new InvalidOperationException(await published.Content.ReadAsStringAsync());
            var clues = 0;
            var took = await Screen(relapse.Http, done => clues = done.GetProperty("detected").GetInt32() + done.GetProperty("recurred").GetInt32());
            report.Add("screening: clues that a changed rule raises at once", Rate(clues, took), Invariant($"{clues:#,0} clues in {took.TotalSeconds:0.0} s"));
            report.Peak("Relapse (screening)", relapse.ProcessId);
        }

        // The same facts in memory, by the product's judging and by hand.
        var known = Fold(county, facts, surveys);
        var thresholds = new Thresholds(RuleSet.Shipped, [], [], today);
        var (judged, byHand) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            var crossed = known.Sum(one => thresholds.Judge(one).Crossed.Select(crossing => crossing.Rule.Code).Distinct().Count());
            var ours = county.Households / watch.Elapsed.TotalSeconds;
            watch.Restart();
            var expected = ByHand(known, today);
            var theirs = county.Households / watch.Elapsed.TotalSeconds;
            if (crossed != expected) throw new InvalidOperationException($"Judging finds {crossed} values above a threshold, the loop {expected}.");
            if (round == 0) continue;
            judged.Add(ours);
            byHand.Add(theirs);
        }

        report.Add("households screened over HTTP, nothing new", Ingest.Median(warm), Ingest.Median(byHand), 0.2, "baseline: a loop by hand over the same facts");
        report.Add("households judged in memory, all anew", Ingest.Median(judged), Ingest.Median(byHand), 0.2, "the same baseline");
    }

    /// <summary>What a department said; a running sum has a first day.</summary>
    readonly record struct Said(int Home, SignalKind Kind, decimal? Amount, DateOnly? Since, DateOnly On);

    static (Said[] Facts, List<(int Home, decimal PerHead, SurveyRow Row)> Surveys) Make(SyntheticCounty county, DateOnly today)
    {
        var (facts, surveys) = (new List<Said>(), new List<(int, decimal, SurveyRow)>());
        var to = new DateOnly(today.Year, today.Month, 1).AddMonths(-2).AddDays(-1);
        foreach (var one in county.All)
        {
            var random = county.RandomOf(one.Number, 77);
            DateOnly Day() => today.AddDays(-random.Next(1, 400));
            if (random.Next(100) < 30)
            {
                // A patient's monthly sums of this year.
                var (monthly, since) = ((decimal)random.Next(20, random.Next(20) == 0 ? 3_000 : 700), new DateOnly(today.Year, 1, 1));
                for (var month = since.AddMonths(1); month <= today; month = month.AddMonths(1))
                    if (random.Next(2) == 0) facts.Add(new(one.Number, SignalKind.MedicalSelfPay, monthly * (month.Month - 1) + 0.25m, since, month.AddDays(-1)));
            }

            while (random.Next(100) < 8) facts.Add(new(one.Number, SignalKind.OutpatientSelfPay, random.Next(50, 520), null, Day()));
            if (random.Next(100) < 5) facts.Add(new(one.Number, SignalKind.EducationCost, random.Next(2_000, 10_500), null, Day()));
            if (random.Next(1_000) < 5) facts.Add(new(one.Number, SignalKind.Petition, null, null, Day()));
            if (!one.LiftedOut) continue;
            var perHead = (decimal)random.Next(5_800, 30_000);
            surveys.Add((one.Number, perHead, new SurveyRow(
                one.Id, one.Members, to.AddDays(1).AddYears(-1), to, perHead * one.Members, 0, 0, 0, 0, true, true, true, true, HousingGrade.A, true,
                one.Assistance, [], false, to.AddDays(random.Next(1, 28)))));
        }

        return ([.. facts], surveys);
    }

    /// <summary>The same facts as the product folds them.</summary>
    static List<KnownFacts> Fold(SyntheticCounty county, Said[] facts, List<(int Home, decimal PerHead, SurveyRow Row)> surveys)
    {
        var known = county.All.Select(one => new KnownFacts
        {
            Village = one.Village, Category = one.LiftedOut ? HouseholdCategory.LiftedOut : HouseholdCategory.Ordinary,
        }).ToList();
        for (var at = 0; at < facts.Length; at++)
        {
            var (home, kind, amount, since, on) = facts[at];
            known[home] = known[home].Evolve(Guid.CreateVersion7(), new SignalReported(
                county[home].Id, Number(at), TestKeys.Department, kind, amount is { } yuan ? Money.Yuan(yuan, "元") : null, on, null, since));
        }

        foreach (var (home, perHead, row) in surveys)
            known[home] = known[home] with { Incomes = [new(Guid.CreateVersion7(), perHead, row.On)], Assistance = row.Assistance };
        return known;
    }

    /// <summary>How many values stand above a shipped threshold: nothing but sums and comparisons, for facts as they are made here.</summary>
    static int ByHand(List<KnownFacts> households, DateOnly today)
    {
        var (thisYear, yearAgo) = (new DateOnly(today.Year, 1, 1), today.AddYears(-1));
        // Of the year before only while it is still reported.
        var lastYear = today.Month <= RuleSet.Shipped.LateMonths ? thisYear.AddYears(-1) : thisYear;
        var month0 = new DateOnly(today.Year, today.Month, 1);
        var (month1, month2, count) = (month0.AddMonths(-1), month0.AddMonths(-2), 0);
        foreach (var household in households)
        {
            if (household.Income is { } income && income.On > yearAgo && income.PerHead < 6_000) count++;
            if (household.Facts.IsEmpty) continue;
            var (medical, medicalBefore, education, educationBefore, petition) = (0m, 0m, 0m, 0m, false);
            var (outpatient0, outpatient1, outpatient2) = (0m, 0m, 0m);
            foreach (ref readonly var fact in household.Facts.AsSpan())
            {
                switch (fact.Kind)
                {
                    case SignalKind.MedicalSelfPay:
                        // The sums of a year come in order, each replacing the one before.
                        if (fact.On >= thisYear) medical = fact.Amount!.Value;
                        else if (fact.On >= lastYear) medicalBefore = fact.Amount!.Value;
                        break;
                    case SignalKind.EducationCost:
                        if (fact.On >= thisYear) education += fact.Amount!.Value;
                        else if (fact.On >= lastYear) educationBefore += fact.Amount!.Value;
                        break;
                    case SignalKind.OutpatientSelfPay:
                        if (fact.On >= month0) outpatient0 += fact.Amount!.Value;
                        else if (fact.On >= month1) outpatient1 += fact.Amount!.Value;
                        else if (fact.On >= month2) outpatient2 += fact.Amount!.Value;
                        break;
                    default:
                        petition |= fact.On > yearAgo;
                        break;
                }
            }

            var limit = household.Category == HouseholdCategory.LiftedOut ? 5_000 : 20_000;
            if (medical >= limit || medicalBefore >= limit) count++;
            if (education > 10_000 || educationBefore > 10_000) count++;
            if (outpatient0 >= 500 || outpatient1 >= 500 || outpatient2 >= 500) count++;
            if (petition) count++;
        }

        return count;
    }

    static async Task<TimeSpan> Screen(HttpClient http, Action<JsonElement>? done = null)
    {
        var watch = Stopwatch.StartNew();
        using var asked = await http.PostAsync(new Uri("/v1/screenings", UriKind.Relative), null);
        var id = (await asked.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        while (true)
        {
            var now = await http.GetFromJsonAsync<JsonElement>(new Uri($"/v1/screenings/{id}", UriKind.Relative));
            if (now.GetProperty("state").GetString() == "completed")
            {
                var took = watch.Elapsed;
                done?.Invoke(now);
                return took;
            }

            await Task.Delay(5);
        }
    }

    static async Task Push(HttpClient http, string path, IEnumerable<object> rows)
    {
        foreach (var chunk in rows.Chunk(RowsMax))
        {
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(chunk, EventJson.Options));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        }
    }

    static long Resident(int process) => Process.GetProcessById(process).WorkingSet64 / 1024 / 1024;

    static string Number(int at) => at.ToString(CultureInfo.InvariantCulture);

    static string Rate(int count, TimeSpan took) => Invariant($"{count / took.TotalSeconds:#,0}/s");

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
