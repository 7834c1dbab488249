using JasperFx.Events.Projections;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Evaluation;
using Monitoring.Hosting;

var builder = ServiceHost.CreateBuilder(args);

builder.AddService(
    "evaluation",
    store =>
    {
        Ledger.Configure(store);
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
builder.Services.AddHealthChecks().AddCheck<LedgerHealth>("ledger", HealthStatus.Unhealthy, ["ready"]);

var app = builder.Build();

app.UseService();
Scoreboard.Map(app);
ProjectStanding.Map(app);
AuditTrail.Map(app);
LedgerStatus.Map(app);

await app.RunService(args, AuditTrail.Index);
