using JasperFx.Events.Projections;
using Monitoring.Contracts.Environment;
using Monitoring.Environment;
using Monitoring.Environment.Hj212;
using Monitoring.Hosting;

var builder = ServiceHost.CreateBuilder(args);
var key = DeviceKey.Read(builder.Configuration);
builder.Services.AddSingleton(key);
builder.Services.AddSingleton(new ReceiptSecret(key.ReceiptKey));

builder.AddSourceService("environment", store =>
{
    store.Projections.Add(new Kept<Station>(Station.Events), ProjectionLifecycle.Inline);
    store.Projections.Add(new StationDays(), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<RuleBook>([typeof(MonitoringRulesPublished)]), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<MonthBook>(MonthBook.Events), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<YearBook>(YearBook.Events), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<DustBook>([typeof(DustDaysExcluded)]), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<ArchiveBook>([typeof(MonthArchived)]), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<AlarmBook>(AlarmBook.Events), ProjectionLifecycle.Inline);
    store.Projections.Add(new DueDays(), ProjectionLifecycle.Inline);
    DeviceGateway.Store(store);
});
builder.Services.AddSingleton<Tables>().AddSingleton<Assessing>().AddHostedService<FigureWatch>().AddHostedService<AlarmWatch>();
builder.AddDeviceGateway();

var app = builder.Build();

app.UseService();
RegisterStation.Map(app);
PushReadings.Map(app);
CreateObservations.Map(app);
JudgeReadings.Map(app);
AuditMonth.Map(app);
ExcludeDustDay.Map(app);
PublishMonitoringRules.Map(app);
FigureWatch.Map(app);
AlarmWatch.Map(app);
AlarmBook.Map(app);
Station.Map(app);
StationDay.Map(app);
StreamReadings.Map(app);
HourView.Map(app);
FigureViews.Map(app);
ArchiveMonth.Map(app);
DeviceGateway.Map(app);
app.MapReceipts("environment");

await app.RunService(args, Tables.Sql);
