using JasperFx.Events.Projections;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Evaluation;
using Monitoring.Evaluation.Log;
using Monitoring.Hosting;

var builder = ServiceHost.CreateBuilder(args);

builder.AddService(
    "evaluation",
    store =>
    {
        Ledger.Configure(store);
        AuditLog.Configure(store);
        store.Projections.Add(new IndicatorStandings(), ProjectionLifecycle.Async);
        store.Projections.Add(new VerdictRuleStandings(), ProjectionLifecycle.Async);
        store.Projections.Add(new ProjectStandings(), ProjectionLifecycle.Async);
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
builder.Services.AddSingleton<Sources>().AddSingleton<GapWatch>()
    .AddHostedService(services => services.GetRequiredService<GapWatch>());
builder.Services.AddHealthChecks().AddCheck<LedgerHealth>("ledger", HealthStatus.Unhealthy, ["ready"])
    .AddCheck<LogHealth>("log", HealthStatus.Unhealthy, ["ready"]);
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

await app.RunService(args, AuditTrail.Index + ";" + LogStore.Schema);
