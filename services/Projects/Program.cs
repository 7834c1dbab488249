using JasperFx.Events.Projections;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;
using Monitoring.Projects;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService("projects", store =>
{
    Type[] rules = [typeof(LampRulesPublished)];
    Type[] findings =
    [
        typeof(FindingRaised), typeof(FindingAssigned), typeof(FindingReplied), typeof(FindingVerified), typeof(FindingClosed), typeof(FindingOverdue),
    ];
    store.Projections.Add(new Kept<LampRuleBook>(rules), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<Finding>(findings), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<Project>(EventTypes.Of("projects").Except(rules).Except(findings)), ProjectionLifecycle.Inline);
});
builder.Services.AddHostedService<DayWatch>();

var app = builder.Build();

app.UseService();
RegisterProject.Map(app);
DescribeProject.Map(app);
GrantCode.Map(app);
PrepareProject.Map(app);
AdvanceStage.Map(app);
CorrectStage.Map(app);
ReinstateProject.Map(app);
PlanYear.Map(app);
ReportInvestment.Map(app);
ReportFunds.Map(app);
EnterStatistics.Map(app);
PlanMilestone.Map(app);
PublishLampRules.Map(app);
ExcuseLamp.Map(app);
FollowFinding.Map(app);
Project.Map(app);
Finding.Map(app);
Lamps.Map(app);
Overview.Map(app);
DayWatch.Map(app);
app.MapReceipts("projects");

await app.RunService(args);
