using JasperFx.Events.Projections;
using Monitoring.Hosting;
using Monitoring.Indicators;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService("indicators", store => store.Projections.Snapshot<Indicator>(SnapshotLifecycle.Inline));

var app = builder.Build();

app.UseService();
DefineIndicator.Map(app);
ReportValue.Map(app);
Indicator.Map(app);
app.MapReceipts("indicators");

await app.RunService(args);
