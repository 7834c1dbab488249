using Marten;
using Microsoft.Extensions.Logging;

namespace Monitoring.Hosting;

/// <summary>
/// The store's log, in which a lost race is no failure: who loses one decides again, so Marten's report of it, SQL and all, is for who
/// looks for it. Everything else is logged as the store says.
/// </summary>
sealed class LostRaces(ILoggerFactory loggers) : ILogger<IDocumentStore>
{
    readonly ILogger log = loggers.CreateLogger(typeof(IDocumentStore).FullName!);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        log.Log(exception is not null && Deciding.IsConflict(exception) ? LogLevel.Debug : logLevel, eventId, state, exception, formatter);
}
