using System.Text;
using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Scalar.AspNetCore;
using Weasel.Core;

namespace Monitoring.Hosting;

/// <summary>The service's name: its schema, its queue prefix, its name in traces and on every event.</summary>
public sealed record ServiceName(string Name);

/// <summary>What every service is made of, said once: store, outbox, bus, callers, telemetry, health.</summary>
public static class ServiceHost
{
    /// <summary>A builder whose settings lie beside the program, wherever it is started from.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args) =>
        WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

    extension(WebApplicationBuilder builder)
    {
        /// <summary>
        /// Wires a service that owns facts: its events are stored, and published from the store. It may listen to others' as well.
        /// </summary>
        public void AddSourceService(
            string name, Action<StoreOptions> store, Action<IBusRegistrationConfigurator>? consumers = null,
            Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator>? endpoints = null)
        {
            builder.AddService(
                name,
                options =>
                {
                    foreach (var type in EventTypes.Of(name)) options.Events.MapEventType(type, EventTypes.NameOf(type));
                    store(options);
                },
                bus =>
                {
                    bus.AddConsumer<Republisher>();
                    bus.AddConsumer<StatementAnswers>();
                    consumers?.Invoke(bus);
                },
                (context, rabbit) =>
                {
                    rabbit.ReceiveEndpoint($"{name}-republish", endpoint =>
                    {
                        endpoint.ConfigureConsumeTopology = false;
                        endpoint.SetQuorumQueue();
                        endpoint.PrefetchCount = 4;
                        endpoint.UseMessageRetry(retry => retry.Exponential(
                            10, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(500)));
                        endpoint.ConfigureConsumer<Republisher>(context);
                    });
                    StatementAnswers.Endpoint(name, context, rabbit);
                    endpoints?.Invoke(context, rabbit);
                });
            builder.Services.AddSingleton<Outbox>();
            builder.Services.ConfigureMarten((services, options) =>
                options.Events.Subscribe(new EventPublisher(services.GetRequiredService<Outbox>())));
            builder.Services.AddHostedService<Pulse>();
        }

        /// <summary>Wires any service: store and daemon, bus, callers, telemetry, health.</summary>
        public void AddService(
            string name, Action<StoreOptions> store, Action<IBusRegistrationConfigurator> consumers,
            Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> endpoints)
        {
            Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
            Manners.Add(builder);
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.AddSingleton(new ServiceName(name));
            builder.Services.TryAddSingleton(new ReceiptSecret([]));
            builder.Services.ConfigureHttpJsonOptions(json => EventJson.Apply(json.SerializerOptions));
            builder.Services.AddExceptionHandler<UnforeseenProblem>().AddProblemDetails();
            ApiDescription.Add(builder.Services, name);
            QueryNames.Add(builder.Services);
            ApiKeys.Add(builder.Services, builder.Configuration);

            builder.AddStore(name, store);
            builder.AddBus(name, consumers, endpoints);
            builder.Services.AddSingleton<ErrorQueues>().AddHostedService(services => services.GetRequiredService<ErrorQueues>());
            builder.Services.AddReceiveEndpointObserver(services => services.GetRequiredService<ErrorQueues>());
            builder.AddTelemetry(name);
            builder.Services.AddHealthChecks().AddCheck<StoreHealth>("store", tags: ["ready"]);
        }

        void AddStore(string name, Action<StoreOptions> store)
        {
            builder.Services.AddSingleton(_ =>
            {
                var source = new NpgsqlDataSourceBuilder(builder.Configuration.GetRequired("ConnectionStrings:Postgres"));
                source.ConnectionStringBuilder.ApplicationName = name;
                source.ConnectionStringBuilder.MaxPoolSize = 30;
                // The detail of an error may hold a row, and what a row holds has no place in a log.
                source.ConnectionStringBuilder.IncludeErrorDetail = false;
                return source.Build();
            });
            builder.Services.AddSingleton<ILogger<IDocumentStore>, LostRaces>();
            builder.Services.AddMarten(services =>
            {
                var options = new StoreOptions();
                options.Connection(services.GetRequiredService<NpgsqlDataSource>());
                ConfigureStore(options, name, services.GetRequiredService<TimeProvider>());
                store(options);
                return options;
            }).UseLightweightSessions();
            builder.Services.AddSingleton<DaemonHost>().AddHostedService(services => services.GetRequiredService<DaemonHost>());
        }

        void AddBus(
            string name, Action<IBusRegistrationConfigurator> consumers,
            Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> endpoints) =>
            builder.Services.AddMassTransit(bus =>
            {
                bus.DisableUsageTelemetry();
                bus.ConfigureHealthCheckOptions(health =>
                {
                    health.Name = "broker";
                    health.MinimalFailureStatus = HealthStatus.Unhealthy;
                    health.Tags.Add("ready");
                });
                consumers(bus);
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    rabbit.Host(new Uri(builder.Configuration.GetRequired("ConnectionStrings:RabbitMq")), host =>
                    {
                        host.PublisherConfirmation = true;
                        host.Heartbeat(TimeSpan.FromSeconds(10));
                        // RabbitMQ.Client 7.2 keeps a record of every question to the broker that was abandoned, so as to pass over its
                        // late answer. If the answer has come meanwhile, it passes over the next one, whose question is then
                        // abandoned too, and so on: the channel is of no use until the service is started again (its issue 1964,
                        // mended after 7.2.2). So nothing here abandons a question: no send has a token that ends, and a broker
                        // that is gone is noticed by its heartbeat.
                        host.ContinuationTimeout(TimeSpan.FromMinutes(10));
                    });
                    rabbit.ConfigureJsonSerializerOptions(EventJson.Apply);
                    rabbit.Message<CommittedEvent>(message => message.SetEntityName("monitoring.committed-event"));
                    rabbit.Publish<CommittedEvent>(message => message.ExchangeType = "topic");
                    rabbit.Send<CommittedEvent>(message => message.UseRoutingKeyFormatter(send => send.Message.Type));
                    rabbit.Message<SourcePulse>(message => message.SetEntityName("monitoring.source-pulse"));
                    rabbit.Message<LedgerPulse>(message => message.SetEntityName("monitoring.ledger-pulse"));
                    endpoints(context, rabbit);
                });
            });

        void AddTelemetry(string name)
        {
            var telemetry = builder.Services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService(name))
                .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation()
                    .AddMeter("Marten", "MassTransit", "Npgsql").AddPrometheusExporter());
            if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 }) return;
            // Spans cost a fifth of the bus's throughput, so they are made only where somebody collects them.
            telemetry.WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource("Marten", "MassTransit", "Npgsql"))
                .UseOtlpExporter();
        }
    }

    extension(WebApplication app)
    {
        /// <summary>What every service answers beside its own slices; comes before them.</summary>
        public void UseService()
        {
            app.UseExceptionHandler();
            app.UseStatusCodePages(context => Manners.Say(context.HttpContext));
            app.Use(Manners.Head);
            app.UseRouting();
            // No code, name or cursor has a control character, and PostgreSQL takes no U+0000.
            app.Use((http, next) =>
                http.Request.Path.Value?.Any(char.IsControl) == true ||
                http.Request.Query.Any(item => item.Key.Any(char.IsControl) || item.Value.Any(value => value?.Any(char.IsControl) == true))
                    ? Problem.Of(400, "control-character", new("地址或参数含有控制字符。", "The address or a parameter holds a control character."))
                        .ExecuteAsync(http)
                    : next(http));
            app.UseAuthentication();
            app.UseAuthorization();
            app.Use((http, next) => QueryNames.Check(http) is { } misasked ? misasked.ExecuteAsync(http) : next(http));
            app.Use(Manners.Decode);
            app.UseRequestDecompression();
            var limit = Manners.UploadLimit(app.Configuration);
            app.Use((http, next) => Manners.Receive(http, next, limit));

            app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = HealthAnswer.Write })
                .AllowAnonymous();
            app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = HealthAnswer.Write }).AllowAnonymous();
            app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
            app.MapOpenApi().AllowAnonymous();
            app.MapScalarApiReference("/scalar").AllowAnonymous();
        }

        /// <summary>
        /// Runs the service; or with the argument <c>migrate</c> brings its schema up to date, and what
        /// <paramref name="beyondStore"/> adds to it, and ends; or with <c>rebuild</c> builds its views anew, and ends; or does what one
        /// of its own <paramref name="commands"/> names, and ends.
        /// </summary>
        public async Task RunService(
            string[] args, string? beyondStore = null, params (string Argument, Func<IServiceProvider, CancellationToken, Task> Run)[] commands)
        {
            var store = app.Services.GetRequiredService<IDocumentStore>();
            var database = app.Services.GetRequiredService<NpgsqlDataSource>();
            switch (args)
            {
                case ["migrate", ..]:
                    await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
                    if (beyondStore is null) return;
                    await using (var command = database.CreateCommand(beyondStore)) await command.ExecuteNonQueryAsync();
                    return;
                case ["rebuild", ..]:
                    await DaemonHost.Rebuild(store, database, CancellationToken.None);
                    return;
                case [var argument, ..] when Array.Find(commands, command => command.Argument == argument).Run is { } run:
                    await run(app.Services, CancellationToken.None);
                    return;
                default:
                    await app.RunAsync();
                    return;
            }
        }
    }

    /// <summary>How every service's store is set up, before its own projections.</summary>
    public static void ConfigureStore(StoreOptions options, string schema, TimeProvider clock)
    {
        options.DatabaseSchemaName = schema;
        options.AutoCreateSchemaObjects = AutoCreate.None;
        // Stored as published: Marten would otherwise put its own names and numbers for enumerations in place of ours.
        options.UseSystemTextJsonForSerialization(
            EventJson.Options, EnumStorage.AsString, Casing.CamelCase, json => json.Converters.Insert(0, EventJson.Codes));
        options.Policies.AllDocumentsAreMultiTenanted();
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.TenancyStyle = JasperFx.MultiTenancy.TenancyStyle.Conjoined;
        // "Server" means the application here: the recorded time is the one that the service's clock gave.
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.TimeProvider = clock;
        options.Events.UseListenNotifyForEventAppends = true;
        options.Events.UseExclusiveLockOnConcurrentAppends = true;
        // Opt-in in Marten and painful to add later: from the first schema on.
        options.Events.EnableUniqueIndexOnEventId = true;
        options.Events.MetadataConfig.HeadersEnabled = true;
        options.Events.MetadataConfig.CausationIdEnabled = true;
        options.Events.MetadataConfig.CorrelationIdEnabled = true;
        options.Events.MetadataConfig.UserNameEnabled = true;
        // An event that cannot be handled stops its shard, visibly; the default would leave it out, silently.
        options.Projections.Errors.SkipApplyErrors = false;
        options.Projections.Errors.SkipSerializationErrors = false;
        options.Projections.Errors.SkipUnknownEvents = false;
        options.Schema.For<Receipt>().UniqueIndex(
            UniqueIndexType.Computed, "receipt_idempotency_key", TenancyScope.PerTenant,
            receipt => receipt.Department, receipt => receipt.IdempotencyKey!);
    }

    static string GetRequired(this IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } value ? value : throw new InvalidOperationException($"{key} is not configured.");
}
