using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Monitoring.Hosting;

/// <summary>Who is speaking: the county, the department and the key that was used.</summary>
/// <param name="Tenant">GB/T 2260 code of the county, e.g. <c>410325</c>.</param>
/// <param name="Department">Official Chinese name.</param>
/// <param name="Subject">Name of the API key, or of the person.</param>
public sealed record Caller(string Tenant, string Department, string Subject)
{
    /// <summary>How the actor is written on every event: <c>{department}/{subject}</c>.</summary>
    public string Actor => $"{Department}/{Subject}";

    /// <summary>Codes of the areas that the caller is limited to; none for the whole county.</summary>
    public IReadOnlyList<string> Areas { get; init; } = [];

    /// <summary>True where the caller may see and say something about this village or township.</summary>
    public bool Covers(string code) => Areas.Count == 0 || Areas.Any(area => code.StartsWith(area, StringComparison.Ordinal));

    /// <summary>Binds the caller from the authenticated request, for endpoints that take one as a parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context)
    {
        var user = context.User;
        return ValueTask.FromResult<Caller?>(new Caller(
            user.FindFirstValue(ApiKeys.TenantClaim) ?? "", user.FindFirstValue(ApiKeys.DepartmentClaim) ?? "",
            user.Identity?.Name ?? "")
        {
            Areas = [.. user.FindAll(ApiKeys.AreaClaim).Select(claim => claim.Value)],
        });
    }
}

/// <summary>The keys that may speak, as configured under <c>ApiKeys:Keys</c>; the file is read again when it changes.</summary>
public sealed class ApiKeys
{
    public const string Scheme = "ApiKey";
    public const string Header = "X-Api-Key";
    internal const string TenantClaim = "tenant";
    internal const string DepartmentClaim = "department";
    internal const string RightClaim = "right";
    internal const string AreaClaim = "area";

    /// <summary>Every key that may speak.</summary>
    public List<ApiKey> Keys { get; init; } = [];

    internal static void Add(IServiceCollection services, ConfigurationManager configuration)
    {
        if (configuration["ApiKeys:File"] is { Length: > 0 } file)
            configuration.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: true);
        services.Configure<ApiKeys>(configuration.GetSection("ApiKeys"));
        services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(Scheme, null);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }
}

/// <summary>One key: its text is never stored, only its SHA-256 (a random 256-bit key needs no slow hash).</summary>
public sealed class ApiKey
{
    public string Id { get; init; } = "";

    /// <summary>Lower-case hexadecimal SHA-256 of the key's text.</summary>
    public string Sha256 { get; init; } = "";

    public string Tenant { get; init; } = "";

    public string Department { get; init; } = "";

    /// <summary><c>{service}:define</c>, <c>{service}:report</c>, <c>{service}:read</c>.</summary>
    public List<string> Rights { get; init; } = [];

    /// <summary>Statistical codes of townships (9 digits) or villages (12) that the key is limited to; none for the whole county.</summary>
    public List<string> Areas { get; init; } = [];
}

/// <summary>Authenticates by the <c>X-Api-Key</c> header; answers 401 and 403 as problem details.</summary>
sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    IOptionsMonitor<ApiKeys> keys) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers[ApiKeys.Header] is not [{ Length: > 0 } text])
            return Task.FromResult(AuthenticateResult.NoResult());

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var key = keys.CurrentValue.Keys.Find(known => known.Sha256 == hash);
        if (key is null) return Task.FromResult(AuthenticateResult.Fail("Unknown API key."));

        var identity = new ClaimsIdentity(
            [
                new(ClaimTypes.Name, key.Id),
                new(ApiKeys.TenantClaim, key.Tenant),
                new(ApiKeys.DepartmentClaim, key.Department),
                .. key.Rights.Select(right => new Claim(ApiKeys.RightClaim, right)),
                .. key.Areas.Select(area => new Claim(ApiKeys.AreaClaim, area)),
            ],
            ApiKeys.Scheme);
        return Task.FromResult(
            AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), ApiKeys.Scheme)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = ApiKeys.Scheme;
        return Problem.Of(401, "key-missing-or-unknown", new(
            $"请求头 {ApiKeys.Header} 缺失或密钥无效。",
            $"The {ApiKeys.Header} header is missing or names no known key.")).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problem.Of(403, "right-missing", new(
            $"密钥“{Context.User.Identity?.Name}”没有此操作的权限。",
            $"The key '{Context.User.Identity?.Name}' lacks the right to do this.")).ExecuteAsync(Context);
}

/// <summary>Says which right an endpoint asks for.</summary>
public static class Rights
{
    extension<TBuilder>(TBuilder endpoint) where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>Only callers whose key has this right, e.g. <c>indicators:report</c>, or one of these.</summary>
        public TBuilder RequireRight(params string[] anyOf) =>
            endpoint.RequireAuthorization(policy => policy.RequireClaim(ApiKeys.RightClaim, anyOf))
                .WithMetadata(new ProducesResponseTypeMetadata(403, typeof(Problem.Body), ["application/problem+json"]));
    }

    extension(HttpContext http)
    {
        /// <summary>True where the caller has a right beside the one that the endpoint asks for.</summary>
        public bool HasRight(string right) => http.User.HasClaim(ApiKeys.RightClaim, right);
    }
}
