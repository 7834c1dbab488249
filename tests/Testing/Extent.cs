namespace Monitoring.Testing;

/// <summary>
/// How much the long tests do: a part in each run of all tests, everything with <c>MONITORING_FULL_TESTS=1</c>. What they must show is the
/// same either way.
/// </summary>
public static class Extent
{
    public static readonly bool IsFull = Environment.GetEnvironmentVariable("MONITORING_FULL_TESTS") == "1";

    public static int Of(int full, int part) => IsFull ? full : part;
}
