using JasperFx.Events.Projections;
using MassTransit;
using Monitoring.Alerting;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;
using Quartz;

var builder = ServiceHost.CreateBuilder(args);

builder.AddSourceService(
    "alerting",
    store =>
    {
        store.Projections.Add(
            new Kept<AlertBook>([typeof(RoutesPublished), typeof(SilenceSet), typeof(SilenceEnded), typeof(HolidaysTaken),
                typeof(ReportingContractSet), typeof(LimitsTaken)]), ProjectionLifecycle.Inline);
        store.Projections.Add(
            new Kept<Alert>(
                [
                    typeof(AlertRaised), typeof(AlertJoined), typeof(AlertMoved), typeof(AlertAcknowledged), typeof(AlertAssigned), typeof(AlertEscalated),
                    typeof(ClosureProposed), typeof(ClosureRejected), typeof(AlertResolved), typeof(AlertReopened),
                ],
                stamped: true),
            ProjectionLifecycle.Inline);
        store.Projections.Add(
            new Kept<Notification>(
                [typeof(NotificationDue), typeof(NotificationDelivered), typeof(NotificationFailed), typeof(NotificationReplayed)],
                    stamped: true),
            ProjectionLifecycle.Inline);
        store.Schema.For<Alert>().Index(alert => alert.ResolvedAt!).Index(alert => alert.Subject);
        store.Schema.For<AlertGroup>().Index(group => group.NextAt!);
        store.Schema.For<Notification>().Index(one => one.NextAt!).Index(one => one.State);
        store.Projections.Add(new Kept<ReceiverBook>([typeof(ReceiversPublished)]), ProjectionLifecycle.Inline);
        store.Projections.Add(new Standings(), ProjectionLifecycle.Inline);
        store.Schema.For<Standing>();
        store.Schema.For<Named>();
        store.Schema.For<Feed>();
        store.Schema.For<Untaken>();
        store.Schema.For<AlertCount>();
        store.Projections.Add(new Kept<LeftOccurrence>([typeof(OccurrenceLeft)]), ProjectionLifecycle.Inline);
        store.Schema.For<Speaker>();
    },
    bus => bus.AddConsumer<TakeOccurrences>(TakeOccurrences.Batches),
    (context, rabbit) =>
    {
        TakeOccurrences.Endpoint(context, rabbit);
        Pulses.Endpoint(context, rabbit);
    });
builder.Services.AddSingleton<Pulses>().AddHostedService<SystemWatch>();
builder.Services.AddHostedService<Groups>();
builder.Services.AddSingleton<Addresses>().AddSingleton<Sender>().AddHostedService<Deliver>();
builder.Services.AddHealthChecks().AddCheck<ReceiverHealth>("receivers");
builder.Services.AddHealthChecks().AddCheck<UntakenHealth>("taking", tags: ["ready"]);
builder.Services.AddQuartz(quartz =>
{
    quartz.UsePersistentStore(store =>
    {
        store.UsePostgres(builder.Configuration["ConnectionStrings:Postgres"]!);
        store.ConfigureStore(options => options.TablePrefix = "alerting.qrtz_");
        store.ProvisionSchema();
        store.UseClustering();
    });
    quartz.ScheduleJob<Escalate>(
        trigger => trigger.WithIdentity("escalate").WithCronSchedule(builder.Configuration.GetValue("Escalation:Schedule", "15 * * * * ?")),
        job => job.WithIdentity("escalate"));
});
builder.Services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);

var app = builder.Build();

app.UseService();
HandleAlert.Map(app);
ShowAlerts.Map(app);
ShowWhy.Map(app);
ResponseTimes.Map(app);
AlertLoads.Map(app);
PublishRoutes.Map(app);
TryRoutes.Map(app);
SetSilence.Map(app);
SetReportingContract.Map(app);
Escalate.Map(app);
PublishReceivers.Map(app);
ShowNotifications.Map(app);
ReplayNotification.Map(app);
Untaken.Map(app);
app.MapReceipts("alerting");

await app.RunService(args);
