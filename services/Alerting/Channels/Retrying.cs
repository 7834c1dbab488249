using Monitoring.Contracts.Alerting;

namespace Monitoring.Alerting;

/// <summary>When an attempt that failed is made again, pure.</summary>
public static class Retrying
{
    /// <summary>
    /// The wait after so many failures: growing by the policy's factor up to its most, shortened by chance so that those who failed
    /// together
    /// do not come back together, and never less than the receiver asked for.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="failed">How many attempts have failed, at least 1.</param>
    /// <param name="chance">0 to 1.</param>
    /// <param name="asked">What the receiver asked for (Retry-After).</param>
    public static TimeSpan Wait(this RetryPolicy policy, int failed, double chance, TimeSpan? asked)
    {
        var grown = Math.Min((double)policy.MostSeconds, policy.FirstSeconds * Math.Pow((double)policy.Factor, Math.Min(failed - 1, 60)));
        var wait = TimeSpan.FromSeconds(grown * (1 - Math.Clamp(chance, 0, 1) * policy.JitterPercent / 100));
        return asked > wait ? asked.Value : wait;
    }

    /// <summary>When it is tried again; null where the next attempt would come after the policy gives up.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="since">Since when it is tried.</param>
    /// <param name="failed">How many attempts have failed, at least 1.</param>
    /// <param name="chance">0 to 1.</param>
    /// <param name="asked">What the receiver asked for.</param>
    /// <param name="now">UTC.</param>
    public static DateTimeOffset? NextAt(
        this RetryPolicy policy, DateTimeOffset since, int failed, double chance, TimeSpan? asked, DateTimeOffset now)
    {
        var next = now + policy.Wait(failed, chance, asked);
        return next > since.AddHours(policy.GiveUpHours) ? null : next;
    }
}
