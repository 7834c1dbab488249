using System.Threading.Channels;
using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Npgsql;
using Channel = System.Threading.Channels.Channel;

namespace Monitoring.Relapse;

/// <summary>
/// Erases who the members of a household were (个人信息删除, PIPL art. 47): its key is destroyed, and with it every copy of what it
/// closed, wherever a copy may lie; so are the closed data, the hashes of the ID numbers, and those of signals that wait for these people.
/// History, case and proofs stay, under random ids. A row that is deleted lies in PostgreSQL's files until they are vacuumed, which is
/// done within seconds, and in the write-ahead log and in backups until they expire; a backup that has the key, together with the master key,
/// can still open the data, so backups of this database must not be kept for longer than the time within which one must erase.
/// </summary>
public static partial class ErasePersonalData
{
    /// <summary>An erasure.</summary>
    /// <param name="Id">The household.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Erasure(Guid Id, string Reason, string Document);

    static async Task<Decision> Decide(
        IDocumentSession session, Household household, Erasure erasure, Occasion occasion, CancellationToken cancel)
    {
        if (household.Enrolment is null) return Household.Unknown;
        if (!occasion.By.Covers(household.Village)) return Household.NotYours;
        if (household.Erased) return [];
        var persons = await session.Query<Person>().Where(person => person.Household == erasure.Id).ToListAsync(cancel);
        string?[] hashes = [.. persons.Select(person => person.IdHash).Where(hash => hash is not null)];
        var waiting = await session.Query<NamedSignal>().Where(signal => signal.IdHash.IsOneOf(hashes)).ToListAsync(cancel);
        session.Store<NamedSignal>([.. waiting.Select(signal => signal with { IdHash = null })]);
        session.DeleteWhere<Person>(person => person.Household == erasure.Id);
        session.Delete<HouseholdKey>(erasure.Id);
        return [new PersonalDataErased(erasure.Id, persons.Count, erasure.Reason, erasure.Document)];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapCommand<Household, Erasure>(
        "/v1/households/{id}/erasure", "id", "relapse:erase",
        row => new(row.Id("id"), row.PlainText("reason"), row.PlainText("document", 100)),
        (_, erasure, caller, _) => Task.FromResult(Household.Stream(caller.Tenant, erasure.Id)), Decide,
        (_, household, _, http, _) =>
        {
            if (!household.Erased) http.RequestServices.GetRequiredService<Vacuum>().Soon();
            return Task.FromResult(Results.Ok(new Deciding.Outcome(household.Erased ? "identical" : "recorded", 0, null)));
        });

    /// <summary>
    /// Clears the files of what was erased: one run for all erasures since the last, and one at the start for those before a crash.
    /// </summary>
    public sealed partial class Vacuum(NpgsqlDataSource database, TimeProvider time, ILogger<Vacuum> logger) : BackgroundService
    {
        static readonly TimeSpan apart = TimeSpan.FromSeconds(1);

        readonly Channel<bool> wanted = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        /// <summary>Asks for a run after everything that is committed now.</summary>
        public void Soon() => wanted.Writer.TryWrite(true);

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            Soon();
            await foreach (var _ in wanted.Reader.ReadAllAsync(stoppingToken))
            {
                try
                {
                    await using var vacuum = database.CreateCommand(
                        "vacuum relapse.mt_doc_person, relapse.mt_doc_householdkey, relapse.mt_doc_namedsignal, relapse.mt_doc_applicant");
                    await vacuum.ExecuteNonQueryAsync(stoppingToken);
                }
                catch (NpgsqlException e)
                {
                    // The erasure holds; PostgreSQL does the same by itself a little later.
                    NotYet(logger, e.Message);
                }

                await Task.Delay(apart, time, stoppingToken);
            }
        }

        [LoggerMessage(LogLevel.Warning, "The tables were not vacuumed after an erasure: {Reason}")]
        static partial void NotYet(ILogger logger, string reason);
    }
}
