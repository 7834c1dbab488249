using JasperFx.Events.Projections;
using Marten;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts.Indicators;
using Monitoring.Evaluation;
using Monitoring.Evaluation.Log;
using Monitoring.Evaluation.Reconcile;
using Monitoring.Evaluation.Reviews;
using Monitoring.Hosting;
using Npgsql;

var builder = ServiceHost.CreateBuilder(args);

builder.AddService(
    "evaluation",
    store =>
    {
        Ledger.Configure(store);
        AuditLog.Configure(store);
        ReconcileCounty.Configure(store);
        Replay.Configure(store);
        store.Projections.Add(new IndicatorStandings(), ProjectionLifecycle.Async);
        store.Projections.Add(new VerdictRuleStandings(), ProjectionLifecycle.Async);
        store.Projections.Add(new ProjectStandings(), ProjectionLifecycle.Async);
        // Reviews have few events and are folded when somebody asks, so that the ledger's own writing does not pay for them.
        store.Projections.Add(new Kept<Review>(Review.Events), ProjectionLifecycle.Live);
    },
    bus =>
    {
        bus.AddConsumer<Ledger>(Ledger.Batches);
        bus.AddConsumer<SourcePulses>();
    },
    (context, rabbit) =>
    {
        Ledger.Endpoint(context, rabbit);
        SourcePulses.Endpoint(context, rabbit);
    });
builder.Services.ConfigureMarten((services, options) =>
{
    var database = services.GetRequiredService<NpgsqlDataSource>();
    var (indicators, rules, projects) = (new IndicatorStandings(), new VerdictRuleStandings(), new ProjectStandings());
    options.Projections.Add(new StandingHistory<IndicatorStanding>(
        IndicatorStandings.View, IndicatorStandings.Types, (known, stream, e) => indicators.Evolve(known, stream, e), database), ProjectionLifecycle.Async);
    options.Projections.Add(new StandingHistory<VerdictRuleStanding>(
        VerdictRuleStandings.View, [typeof(VerdictRulesPublished)], (known, stream, e) => rules.Evolve(known, stream, e), database), ProjectionLifecycle.Async);
    options.Projections.Add(new StandingHistory<ProjectStanding>(
        ProjectStandings.View, ProjectStandings.Types, (known, stream, e) => projects.Evolve(known, stream, e), database), ProjectionLifecycle.Async);
    options.Projections.Add(
        new StandingHistory<CaseStanding>(CaseStanding.View, CaseStanding.Types, CaseStanding.Evolve, database), ProjectionLifecycle.Async);
    options.Projections.Add(
        new StandingHistory<StationStanding>(StationStanding.View, StationStanding.Types, StationStanding.Evolve, database), ProjectionLifecycle.Async);
});
builder.Services.AddSingleton<Sources>().AddSingleton<GapWatch>()
    .AddHostedService(services => services.GetRequiredService<GapWatch>()).AddHostedService<LedgerPulses>();
builder.Services.AddSingleton<ReplayRunner>().AddHostedService(services => services.GetRequiredService<ReplayRunner>());
builder.Services.AddHealthChecks().AddCheck<LedgerHealth>("ledger", HealthStatus.Unhealthy, ["ready"])
    .AddCheck<LogHealth>("log", HealthStatus.Unhealthy, ["ready"])
    .AddCheck<ReconciliationHealth>("reconciliation", HealthStatus.Unhealthy, ["ready"]);
builder.Services.AddSingleton(services => LogKey.Read(services.GetRequiredService<IConfiguration>()))
    .AddSingleton<LogStore>().AddSingleton<LogFolder>().AddSingleton<Prover>().AddSingleton<Auditor>()
    .AddSingleton<LogWriter>().AddHostedService(services => services.GetRequiredService<LogWriter>()).AddHostedService<AuditWatch>();
builder.Services.AddSingleton<Reconciler>().AddHostedService<ReconcileWatch>();

var app = builder.Build();

app.UseService();
Scoreboard.Map(app);
ProjectStanding.Map(app);
CaseLoad.Map(app);
StationRow.Map(app);
AuditTrail.Map(app);
LedgerStatus.Map(app);
ReadLog.Map(app);
ProveEvent.Map(app);
ProveReceipt.Map(app);
AuditLog.Map(app);
ReconcileCounty.Map(app);
Export.Map(app);
Compare.Map(app);
OpenReview.Map(app);
FreezeFigures.Map(app);
DecideVerdicts.Map(app);
WriteReview.Map(app);
PublishReview.Map(app);
CountersignReview.Map(app);
ShowReviews.Map(app);
ShowFigure.Map(app);
app.MapReceipts("evaluation");
StartReplay.Map(app);
ReplayReads.Map(app);
ReplayDiff.Map(app);

string[] views = [IndicatorStandings.View, VerdictRuleStandings.View, ProjectStandings.View, CaseStanding.View, StationStanding.View];
await app.RunService(
    args, AuditTrail.Index + ";\n" + LogStore.Schema + "\n" + PublishReview.Schema + "\n" + string.Concat(views.Select(StandingHistory.Table)), ("reconcile", ReconcileCounty.Run));
