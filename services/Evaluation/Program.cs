using JasperFx.Events.Projections;
using Marten;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts.Indicators;
using Monitoring.Evaluation;
using Monitoring.Evaluation.Log;
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
        Reading.Configure(store);
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
var (indicators, rules, projects) = (new IndicatorStandings(), new VerdictRuleStandings(), new ProjectStandings());
builder.Services.AddSingleton(View.Of<IndicatorStanding>(IndicatorStandings.View, 1, IndicatorStandings.Types, indicators.Evolve))
    .AddSingleton(View.Of<VerdictRuleStanding>(VerdictRuleStandings.View, 1, [typeof(VerdictRulesPublished)], rules.Evolve))
    .AddSingleton(View.Of<ProjectStanding>(ProjectStandings.View, 1, ProjectStandings.Types, projects.Evolve));
builder.Services.ConfigureMarten((services, options) =>
{
    foreach (var view in services.GetServices<View>()) view.AddTo(options, services.GetRequiredService<NpgsqlDataSource>());
});
builder.Services.AddSingleton<HeldProjections>(services => cancel => ViewFailure.Held(
    services.GetRequiredService<NpgsqlDataSource>(), services.GetServices<View>(), cancel));
builder.Services.AddSingleton<ViewWatch>().AddHostedService(services => services.GetRequiredService<ViewWatch>());
builder.Services.AddSingleton<Sources>().AddSingleton<GapWatch>()
    .AddHostedService(services => services.GetRequiredService<GapWatch>());
builder.Services.AddHealthChecks().AddCheck<LedgerHealth>("ledger", HealthStatus.Unhealthy, ["ready"])
    .AddCheck<LogHealth>("log", HealthStatus.Unhealthy, ["ready"])
    .AddCheck<ViewHealth>("views", HealthStatus.Unhealthy, ["ready"]);
builder.Services.AddSingleton(services => LogKey.Read(services.GetRequiredService<IConfiguration>()))
    .AddSingleton<LogStore>().AddSingleton<LogFolder>().AddSingleton<Prover>().AddSingleton<Auditor>()
    .AddSingleton<LogWriter>().AddHostedService(services => services.GetRequiredService<LogWriter>()).AddHostedService<AuditWatch>();

var app = builder.Build();

app.UseService();
Scoreboard.Map(app);
ProjectStanding.Map(app);
AuditTrail.Map(app);
LedgerStatus.Map(app);
ReadLog.Map(app);
ProveEvent.Map(app);
ProveReceipt.Map(app);
AuditLog.Map(app);
Export.Map(app);
Compare.Map(app);
ShowProjections.Map(app);
Certificate.Map(app);
ViewWatch.Map(app);
RetryProjection.Map(app);
SkipEvent.Map(app);
ShowDifference.Map(app);
TakeOver.Map(app);
OpenReview.Map(app);
FreezeFigures.Map(app);
DecideVerdicts.Map(app);
WriteReview.Map(app);
PublishReview.Map(app);
CountersignReview.Map(app);
ShowReviews.Map(app);
ShowFigure.Map(app);
app.MapReceipts("evaluation");

await app.RunService(
    args, AuditTrail.Index + ";\n" + LogStore.Schema + "\n" + PublishReview.Schema + "\n" + View.Schema([.. app.Services.GetServices<View>()]));
