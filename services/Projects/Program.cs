using JasperFx.Events.Projections;
using Monitoring.Hosting;
using Monitoring.Projects;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService("projects", store => store.Projections.Snapshot<Project>(SnapshotLifecycle.Inline));

var app = builder.Build();

app.UseService();
RegisterProject.Map(app);
AdvanceStage.Map(app);
ReportInvestment.Map(app);
Project.Map(app);
app.MapReceipts("projects");

await app.RunService(args);
