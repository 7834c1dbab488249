using System.Globalization;
using System.Text;

namespace Monitoring.System.Tests;

/// <summary>Two instances of a source and two of Evaluation work side by side; the dead are stood in for.</summary>
public sealed class TwoInstancesTests
{
    const int Indicators = 40;
    const int Months = 48;

    [Fact]
    public async Task Two_instances_of_each_record_everything_once_even_when_the_leaders_die()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var county = await County.Start();
        ServiceProcess[] sources = [await county.Run("Indicators"), await county.Run("Indicators", first: false)];
        ServiceProcess[] evaluations = [await county.Run("Evaluation"), await county.Run("Evaluation", first: false)];

        var definitions = new StringBuilder("code,name,nameEn,unit,attribute,direction,plan,planRef\n");
        for (var indicator = 0; indicator < Indicators; indicator++)
            definitions.AppendLine(CultureInfo.InvariantCulture,
                $"test-{indicator},指标 {indicator},Indicator {indicator},亿元,expected,increase,fyp14,专栏2/测试/{indicator}");
        // Both at once and the same: one wins, the other meets what is on record.
        await Task.WhenAll(sources.Select(source =>
            County.PushUntilAcknowledged(source.Http, "/v1/indicators", definitions.ToString(), cancel)));

        // Each month goes to both instances at the same time, so that every stream has two writers.
        for (var month = 0; month < Months; month++)
        {
            var csv = new StringBuilder("indicator,period,value,status\n");
            for (var indicator = 0; indicator < Indicators; indicator++)
                csv.AppendLine(CultureInfo.InvariantCulture,
                    $"test-{indicator},{2021 + month / 12}-{month % 12 + 1:00},{indicator}.{month},final");
            var push = csv.ToString();
            await Task.WhenAll(sources.Select(source =>
                County.PushUntilAcknowledged(source.Http, "/v1/values", push, cancel)));

            // The first instance of each was first to start, so it leads and is the one recording.
            if (month == Months / 3) await evaluations[0].Kill();
            if (month == Months / 2) await evaluations[0].Restart();
            if (month == 2 * Months / 3) await RestartLeader(sources[0]);
        }

        const int events = Indicators * (Months + 1);
        await County.Settled(evaluations[0], "indicators", events);
        await County.Settled(evaluations[1], "indicators", events);
        var pushed = await Databases.Events(await county.Connection("Indicators"), "indicators");
        Assert.Equal(events, pushed.Count);
        Assert.Equal(pushed, await Databases.Events(await county.Connection("Evaluation"), "evaluation"));
        Assert.Empty(await Databases.OutOfOrder(await county.Connection("Evaluation"), "evaluation"));
        foreach (var instance in sources.Concat(evaluations)) await instance.WaitReady();
    }

    static async Task RestartLeader(ServiceProcess source)
    {
        await source.Kill();
        await source.Restart();
    }
}
