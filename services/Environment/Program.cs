using JasperFx.Events.Projections;
using Monitoring.Contracts.Environment;
using Monitoring.Environment;
using Monitoring.Environment.Hj212;
using Monitoring.Hosting;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService("environment", store =>
{
    // Readings change nothing that the state keeps, so they need not write it anew.
    store.Projections.Add(new Kept<Station>([typeof(StationRegistered)]), ProjectionLifecycle.Inline);
    store.Projections.Add(new StationDays(), ProjectionLifecycle.Inline);
    DeviceGateway.Store(store);
});
builder.AddDeviceGateway();

var app = builder.Build();

app.UseService();
RegisterStation.Map(app);
PushReadings.Map(app);
Station.Map(app);
StationDay.Map(app);
DeviceGateway.Map(app);
app.MapReceipts("environment");

await app.RunService(args);
