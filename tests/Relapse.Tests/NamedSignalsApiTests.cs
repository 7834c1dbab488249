namespace Monitoring.Relapse.Tests;

/// <summary>Signals that name a person find the household, now or when the person is registered.</summary>
public sealed class NamedSignalsApiTests(RelapseService service)
{
    static int references;

    static Dictionary<string, object?> Signal(string idNumber, decimal amount = 6_000) => new()
    {
        ["idNumber"] = idNumber, ["reference"] = $"N-{Interlocked.Increment(ref references)}", ["kind"] = "medical_self_pay", ["amount"] = amount,
        ["on"] = "2026-05-31",
    };

    static string Aside(Dictionary<string, object?> signal) => $"signal-aside/{TestKeys.Tenant}/{TestKeys.Department}/{signal["reference"]}";

    [Fact]
    public async Task A_signal_about_a_member_is_the_households()
    {
        var (household, number) = (await service.Household(), People.IdNumber());
        (await service.Post("/v1/members", People.Member(household, number))).Took(1);
        var signal = Signal(number);
        (await service.Post("/v1/signals", signal)).Took(1);
        (await service.Post("/v1/signals", signal)).Took(0, 1);
        Assert.Equal("signal-reported", (await service.Events($"household/{TestKeys.Tenant}/{household}"))[2]);
        Assert.Empty(await service.Events(Aside(signal)));
    }

    [Fact]
    public async Task A_signal_about_a_stranger_waits_and_finds_the_household_once()
    {
        var (household, number) = (await service.Household(), People.IdNumber());
        var signal = Signal(number);
        var first = await service.Post("/v1/signals", signal);
        first.Took(1);
        Assert.Equal(["1 idNumber person-unmatched"], first.Warnings);
        (await service.Post("/v1/signals", signal)).Took(0, 1);
        var listed = await service.Get("/v1/unmatched-signals?limit=1000");
        Assert.Contains($"{signal["reference"]}", listed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(number, listed.Body, StringComparison.Ordinal);

        signal["amount"] = 7_000;
        (await service.Post("/v1/signals", signal)).Refused("1 reason correction-needs-reason");
        signal["reason"] = "重复结算";
        (await service.Post("/v1/signals", signal)).Took(1);

        var member = People.Member(household, number);
        (await service.Post("/v1/members", member)).Took(1);
        (await service.Post("/v1/members", member)).Took(0, 1);
        (await service.Post("/v1/signals", signal)).Took(0, 1);
        Assert.Equal(["signal-set-aside", "signal-set-aside", "signal-matched"], await service.Events(Aside(signal)));
        var events = await service.Events($"household/{TestKeys.Tenant}/{household}");
        Assert.Equal(["household-enrolled", "member-joined", "signal-reported"], events[..3]);
        Assert.DoesNotContain($"{signal["reference"]}\"", (await service.Get("/v1/unmatched-signals?limit=1000")).Body, StringComparison.Ordinal);

        signal["amount"] = 8_000;
        (await service.Post("/v1/signals", signal)).Took(1);
        Assert.Contains("signal-revised", await service.Events($"household/{TestKeys.Tenant}/{household}"));
    }

    [Fact]
    public async Task What_was_taken_back_comes_again_only_with_a_reason()
    {
        var signal = Signal(People.IdNumber());
        (await service.Post("/v1/signals", signal)).Took(1);
        var withdrawal = new { reference = signal["reference"], reason = "非本人费用" };
        (await service.Post("/v1/signal-withdrawals", withdrawal)).Took(1);
        (await service.Post("/v1/signal-withdrawals", withdrawal)).Took(0, 1);
        (await service.Post("/v1/signals", signal)).Refused("1 reason signal-withdrawn");
        signal["reason"] = "核实无误";
        (await service.Post("/v1/signals", signal)).Took(1);
        Assert.Equal(["signal-set-aside", "aside-signal-withdrawn", "signal-set-aside"], await service.Events(Aside(signal)));
        (await service.Post("/v1/signal-withdrawals", new { reference = "none", reason = "无" })).Refused("1 reference signal-unknown");
    }

    [Fact]
    public async Task A_signal_stays_in_its_household_when_the_person_goes_to_another()
    {
        var (household, number, person) = (await service.Household(), People.IdNumber(), Guid.CreateVersion7());
        var member = People.Member(household, number, person);
        (await service.Post("/v1/members", member)).Took(1);
        var signal = Signal(number);
        (await service.Post("/v1/signals", signal)).Took(1);
        var other = await service.Household();
        (member["household"], member["from"], member["how"], member["on"]) = (other, household, "marriage", "2026-06-01");
        (await service.Post("/v1/members", member)).Took(1);
        (await service.Post("/v1/signals", signal)).Took(0, 1);
        (await service.Post("/v1/signal-withdrawals", new { reference = signal["reference"], reason = "重复" })).Took(1);
        Assert.Contains("signal-withdrawn", await service.Events($"household/{TestKeys.Tenant}/{household}"));
    }

    [Fact]
    public async Task Strangers_and_registrations_at_once_always_meet()
    {
        var numbers = Enumerable.Range(0, 12).Select(_ => People.IdNumber()).ToList();
        var signals = numbers.Select(number => Signal(number)).ToList();
        var households = await Task.WhenAll(numbers.Select(_ => service.Household()));
        await Task.WhenAll(numbers.SelectMany((number, index) => new[]
        {
            service.Post("/v1/signals", signals[index]), service.Post("/v1/members", People.Member(households[index], number)),
        }).Select(async answer => (await answer).Took(1)));
        foreach (var household in households)
            Assert.Single(await service.Events($"household/{TestKeys.Tenant}/{household}"), type => type == "signal-reported");
    }

    [Fact]
    public async Task A_person_that_is_named_by_random_id_must_be_known() =>
        (await service.Post("/v1/signals", new { person = Guid.CreateVersion7(), reference = "P-1", kind = "job_loss", on = "2026-05-31" }))
            .Refused("1 person person-unknown");
}
