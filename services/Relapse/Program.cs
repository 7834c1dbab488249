using JasperFx.Events.Projections;
using Monitoring.Hosting;
using Monitoring.Relapse;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService("relapse", store =>
{
    store.Projections.Snapshot<Area>(SnapshotLifecycle.Inline);
    store.Projections.Snapshot<Household>(SnapshotLifecycle.Inline);
});

var app = builder.Build();

app.UseService();
RegisterArea.Map(app);
EnrolHousehold.Map(app);
ReportSignal.Map(app);
Household.Map(app);
app.MapReceipts("relapse");

await app.RunService(args);
