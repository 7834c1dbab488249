using JasperFx.Events.Projections;
using Monitoring.Hosting;
using Monitoring.Indicators;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService("indicators", store =>
{
    store.Projections.Snapshot<Indicator>(SnapshotLifecycle.Inline);
    store.Projections.Snapshot<VerdictRuleBook>(SnapshotLifecycle.Inline);
});

var app = builder.Build();

app.UseService();
DefineIndicator.Map(app);
ClassifyIndicator.Map(app);
AssignDuty.Map(app);
HandDownTarget.Map(app);
AttestTarget.Map(app);
AdjustTarget.Map(app);
PublishVerdictRules.Map(app);
ReportValue.Map(app);
WithdrawValue.Map(app);
ConfirmValue.Map(app);
VerifyValue.Map(app);
Indicator.Map(app);
VerdictOf.Map(app);
VintageTriangle.Map(app);
Sdmx.Map(app);
app.MapReceipts("indicators");

await app.RunService(args);
