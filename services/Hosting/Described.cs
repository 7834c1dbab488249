using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Monitoring.Hosting;

/// <summary>What an endpoint says of itself that its handler's signature does not, for the OpenAPI document.</summary>
public static class Described
{
    extension(RouteHandlerBuilder endpoint)
    {
        /// <summary>It answers a <see cref="Listing{TItem}"/>: a page in JSON, or the same as CSV or XLSX.</summary>
        public RouteHandlerBuilder ProducesPage<TItem>() =>
            endpoint.WithMetadata(new AnswersPage()).Produces<PageOf<TItem>>();

        /// <summary>It answers these media types instead of, or beside, JSON: text where they say so, bytes otherwise.</summary>
        public RouteHandlerBuilder ProducesAs(params string[] mediaTypes) =>
            endpoint.WithMetadata(new AnswersAs(mediaTypes));

        /// <summary>It refuses with a status that others of its kind do not refuse with.</summary>
        public RouteHandlerBuilder Refuses(params int[] statuses) => endpoint.WithMetadata(new RefusesWith(statuses));

        /// <summary>A push to it may also come in this media type, which is text.</summary>
        public RouteHandlerBuilder TakesAs(string mediaType) => endpoint.WithMetadata(new TakesMedia(mediaType));

        /// <summary>Its body is what <paramref name="bind"/> reads; the field in the path, if any, may be left out.</summary>
        public RouteHandlerBuilder Takes<TRow>(Func<Fields, TRow> bind, string? fromPath = null) where TRow : notnull =>
            endpoint.WithMetadata(new TakesBody(typeof(TRow), fields => bind(fields), fromPath));
    }
}

/// <summary>One page of a list as <see cref="Listing{TItem}"/> writes it.</summary>
/// <param name="Items">In the order of the list.</param>
/// <param name="Next">Send it as <c>after</c> for the next page; absent on the last one.</param>
/// <param name="Verified">Whether every figure is known to be complete; only where the list vouches for itself.</param>
/// <param name="Doubts">Why it is not.</param>
public sealed record PageOf<TItem>(IReadOnlyList<TItem> Items, string? Next, bool? Verified, IReadOnlyList<string>? Doubts);

/// <summary>Marks an endpoint that takes a push, so that its description says what every push understands.</summary>
sealed record TakesRows;

/// <summary>Marks an endpoint that answers a list.</summary>
sealed record AnswersPage;

/// <summary>What an endpoint answers beside JSON.</summary>
sealed record AnswersAs(IReadOnlyList<string> MediaTypes);

/// <summary>Statuses an endpoint refuses with beside the usual ones.</summary>
sealed record RefusesWith(IReadOnlyList<int> Statuses);

/// <summary>What a push may also come in.</summary>
sealed record TakesMedia(string MediaType);

/// <summary>Marks an endpoint that decides on the version the caller saw.</summary>
sealed record TakesVersion;

/// <summary>What an endpoint reads its body with.</summary>
/// <param name="Type">What the body becomes.</param>
/// <param name="Bind">How.</param>
/// <param name="FromPath">The field that stands in the path.</param>
sealed record TakesBody(Type Type, Func<Fields, object> Bind, string? FromPath);
