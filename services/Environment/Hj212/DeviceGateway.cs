using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using OpenTelemetry.Metrics;

namespace Monitoring.Environment.Hj212;

/// <summary>Wires the gateway into the service.</summary>
public static class DeviceGateway
{
    /// <summary>What the gateway keeps beside the streams.</summary>
    public static void Store(StoreOptions store)
    {
        store.Schema.For<Station>().UniqueIndex(
            UniqueIndexType.Computed, "station_mn", TenancyScope.Global, station => station.Registration!.Mn);
        store.Schema.For<QuarantinedPacket>()
            .UniqueIndex(UniqueIndexType.Computed, "quarantine_sha256", TenancyScope.PerTenant, entry => entry.Sha256)
            .Index(entry => entry.Mn!);
        store.Schema.For<DevicePassword>();
        store.Schema.For<PacketPart>();
        store.Schema.For<LatestValues>();
        store.Schema.For<DeviceDay>();
    }

    extension(WebApplicationBuilder builder)
    {
        public void AddDeviceGateway()
        {
            builder.Services.AddSingleton(builder.Configuration.GetSection("Hj212").Get<Hj212Options>() ?? new());
            builder.Services.AddSingleton<Mns>();
            builder.Services.AddSingleton<Recorder>().AddHostedService(services => services.GetRequiredService<Recorder>());
            builder.Services.AddSingleton<Gateway>().AddHostedService(services => services.GetRequiredService<Gateway>());
            builder.Services.AddHealthChecks().AddCheck<Gateway>("hj212", tags: ["ready"]);
            builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(Meters.Name));
        }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        Quarantine.Map(routes);
        LatestValues.Map(routes);
        DeviceDay.Map(routes);
    }
}
