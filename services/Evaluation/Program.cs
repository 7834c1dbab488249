using JasperFx.Events.Projections;
using Marten;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
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
        Reading.Configure(store);
        ReconcileCounty.Configure(store);
        Replay.Configure(store);
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
foreach (var view in View.Shipped) builder.Services.AddSingleton(view);
builder.Services.ConfigureMarten((services, options) =>
{
    foreach (var view in services.GetServices<View>()) view.AddTo(options, services.GetRequiredService<NpgsqlDataSource>());
});
builder.Services.AddSingleton<HeldProjections>(services => cancel => ViewFailure.Held(
    services.GetRequiredService<NpgsqlDataSource>(), services.GetServices<View>(), cancel));
builder.Services.AddSingleton<ViewWatch>().AddHostedService(services => services.GetRequiredService<ViewWatch>());
builder.Services.AddSingleton<Sources>().AddSingleton<GapWatch>()
    .AddHostedService(services => services.GetRequiredService<GapWatch>()).AddHostedService<LedgerPulses>();
builder.Services.AddSingleton<ReplayRunner>().AddHostedService(services => services.GetRequiredService<ReplayRunner>());
builder.Services.AddHealthChecks().AddCheck<LedgerHealth>("ledger", HealthStatus.Unhealthy, ["ready"])
    .AddCheck<LogHealth>("log", HealthStatus.Unhealthy, ["ready"])
    .AddCheck<ViewHealth>("views", HealthStatus.Unhealthy, ["ready"])
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
StartReplay.Map(app);
ReplayReads.Map(app);
ReplayDiff.Map(app);

await app.RunService(
    args, AuditTrail.Index + ";\n" + LogStore.Schema + "\n" + PublishReview.Schema + "\n" + View.Schema([.. app.Services.GetServices<View>()]),
    ("reconcile", ReconcileCounty.Run));
