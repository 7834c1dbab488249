using System.Text;

namespace Monitoring.Environment.Tests;

/// <summary>The data array of OGC SensorThings 1.1.</summary>
public sealed class CreateObservationsSpecs
{
    static string? Rows(string body) => CreateObservations.Rows(Encoding.UTF8.GetBytes(body)) is { } rows ? Encoding.UTF8.GetString(rows.Lines) : null;

    [Fact]
    public void Observations_become_rows_and_an_interval_counts_by_its_end() => Assert.Equal(
        """
        {"station":"MN1","pollutant":"a34004","time":"2023-08-01T09:00:00+08:00","value":28}
        {"station":"MN1","pollutant":"a34004","time":"2023-08-01T10:00:00+08:00","value":29.5,"flag":"M"}

        """,
        Rows("""
            [{"Datastream":{"@iot.id":"MN1:a34004"},"components":["phenomenonTime","result","resultQuality","FeatureOfInterest/id"],
              "dataArray@iot.count":2,"dataArray":[["2023-08-01T08:00:00+08:00/2023-08-01T09:00:00+08:00",28,"",1],["2023-08-01T10:00:00+08:00","29.5","M",1]]}]
            """));

    [Theory]
    [InlineData("2023-08-01T09:00:00+0800")]
    [InlineData("2023-08-01T01:00:00+0000")]
    [InlineData("2023-08-01T08:00:00+0800/2023-08-01T09:00:00+0800")]
    [InlineData("2023-08-01T01:00:00Z")]
    [InlineData("2023-08-01T09:00:00")]
    public void An_observation_is_named_by_its_stream_and_the_instant_however_its_offset_is_written(string time) => Assert.Equal(
        ["MN1:a34004:2023-08-01T01:00:00Z"],
        CreateObservations.Rows(Encoding.UTF8.GetBytes(
            $$"""[{"Datastream":{"@iot.id":"MN1:a34004"},"components":["phenomenonTime","result"],"dataArray":[["{{time}}",28]]}]"""))!.Value.Ids);

    [Theory]
    [InlineData("{}")]
    [InlineData("""[{"Datastream":{"@iot.id":"MN1"},"components":["phenomenonTime","result"],"dataArray":[]}]""")]
    [InlineData("""[{"Datastream":{"@iot.id":"MN1:a34004"},"components":["result"],"dataArray":[[1]]}]""")]
    [InlineData("""[{"Datastream":{"@iot.id":"MN1:a34004"},"components":["phenomenonTime","result"],"dataArray":[[1]]}]""")]
    [InlineData("[{\"Datastream\":{\"@iot.id\":\"\\ud800:x\"},\"components\":[\"phenomenonTime\",\"result\"],\"dataArray\":[]}]")]
    public void Anything_else_is_no_data_array(string body) => Assert.Null(Rows(body));
}
