using JasperFx.Events.Projections;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Monitoring.Indicators;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService(
    "indicators",
    store =>
    {
        Type[] rules = [typeof(VerdictRulesPublished)], relations = [typeof(RelationSetPublished)];
        store.Projections.Add(new Kept<Indicator>(EventTypes.Of("indicators").Except(rules).Except(relations)), ProjectionLifecycle.Inline);
        store.Projections.Add(new Kept<RelationBook>(relations), ProjectionLifecycle.Inline);
        store.Projections.Add(new Kept<VerdictRuleBook>(rules), ProjectionLifecycle.Inline);
    },
    bus => bus.AddConsumer<TakeAssessedYear>(),
    TakeAssessedYear.Endpoint);

var app = builder.Build();

app.UseService();
DefineIndicator.Map(app);
ClassifyIndicator.Map(app);
AssignDuty.Map(app);
HandDownTarget.Map(app);
AttestTarget.Map(app);
AdjustTarget.Map(app);
PublishVerdictRules.Map(app);
PublishRelations.Map(app);
ReportValue.Map(app);
WithdrawValue.Map(app);
ConfirmValue.Map(app);
ExplainDoubt.Map(app);
VerifyValue.Map(app);
Indicator.Map(app);
VerdictOf.Map(app);
VintageTriangle.Map(app);
RelationDoubt.Map(app);
Sdmx.Map(app);
ValuesSheet.Map(app);
app.MapReceipts("indicators");

await app.RunService(args);
