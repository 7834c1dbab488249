using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Keeps those whom a text is about out of it: what is written about a household stands in its history for ever, also after who they were
/// was erased. Their numbers are seen by themselves; their names only this service knows.
/// </summary>
static class FreeTexts
{
    static readonly string[] before = ["小", "老", "阿"], after = ["叔", "婶", "哥", "姐", "爷", "奶", "嫂", "伯", "姨", "娃"];

    static readonly Refusal named = Refusal.Invalid(
        WrittenText.NumberStands.Code, "文字中不得含该户成员的姓名或小名；请改写为与户主的关系，如“户主之妻”。",
        "The name of a member of the household may not stand in a text; say how they belong to its head instead.");

    /// <summary>Looks for numbers, and for the names of all who live in the household or have left it.</summary>
    public static CheckTexts Check(KeyRing ring) => async (session, texts, caller, cancel) =>
    {
        var prefix = Household.Stream(caller.Tenant, default)[..^$"{Guid.Empty}".Length];
        var about = texts.Select(text => (text.Written, Household: text.Stream.StartsWith(prefix, StringComparison.Ordinal)
            ? Guid.Parse(text.Stream.AsSpan(prefix.Length)) : (Guid?)null)).ToList();
        var register = await PersonRegister.Open(
            session, ring, caller.Tenant, [], [], about.Select(text => text.Household).OfType<Guid>(), [], cancel);
        var names = register.All.SelectMany(person => Said(person.Data.Name), (person, name) => (person.Household, name))
            .ToLookup(one => one.Household, one => one.name);
        var wrong = new List<RowError>();
        foreach (var (written, household) in about)
        {
            if (PersonalNumbers.StandIn(written.Text)) Add(WrittenText.NumberStands);
            else if (household is { } id && PersonalNumbers.Bare(written.Text) is var bare &&
                names[id].Any(name => bare.Contains(name, StringComparison.Ordinal))) Add(named);

            void Add(Refusal refusal) => wrong.Add(new RowError(written.Row, written.Field, refusal.Code, refusal.Reason));
        }

        return wrong;
    };

    /// <summary>How somebody is called in a village: 张建国, 小建国, 建国叔. The given name alone may be a word, and is none of these.</summary>
    static IEnumerable<string> Said(string name)
    {
        var bare = PersonalNumbers.Bare(name);
        if (bare.Length < 2) return [];
        var given = bare[^2..];
        return bare.Length is 3 or 4 ? [bare, .. before.Select(one => one + given), .. after.Select(one => given + one)] : [bare];
    }
}
