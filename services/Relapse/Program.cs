using JasperFx.Events.Projections;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Monitoring.Relapse;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService("relapse", store =>
{
    Type[] areas = [typeof(AreaRegistered)];
    store.Projections.Add(new Kept<Area>(areas), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<Household>(EventTypes.Of("relapse").Except(areas)), ProjectionLifecycle.Inline);
});

var app = builder.Build();

app.UseService();
RegisterArea.Map(app);
EnrolHousehold.Map(app);
ReportSignal.Map(app);
Household.Map(app);
app.MapReceipts("relapse");

await app.RunService(args);
