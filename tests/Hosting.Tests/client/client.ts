// What a department's programmer writes first: page through a list, push a row, read why another is refused.
import createClient from "openapi-fetch";
import type { paths as Alerting } from "./generated/alerting.d.ts";
import type { paths as Environment } from "./generated/environment.d.ts";
import type { paths as Evaluation } from "./generated/evaluation.d.ts";
import type { paths as Indicators } from "./generated/indicators.d.ts";
import type { paths as Projects } from "./generated/projects.d.ts";
import type { paths as Relapse } from "./generated/relapse.d.ts";

declare const process: { env: Record<string, string | undefined> };

type Json = "application/json" | "application/problem+json";

function client<Paths extends {}>(service: string) {
  return createClient<Paths, Json>({
    baseUrl: process.env[service]!,
    headers: { "X-Api-Key": process.env["KEY"]!, "Accept-Language": "en" },
  });
}

const indicators = client<Indicators>("INDICATORS");

for (const code of ["client-1", "client-2", "client-3"]) {
  const { data, error } = await indicators.PUT("/v1/indicators/{code}", {
    params: { path: { code } },
    body: { name: code, nameEn: code, unit: "亿元", attribute: "expected", direction: "increase", plan: "fyp14", planRef: "1" },
  });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  console.log(`defined ${code} ${data.accepted + data.duplicates}`);
}

const seen: string[] = [];
let after: string | undefined;
let pages = 0;
do {
  const { data, error } = await indicators.GET("/v1/indicators", { params: { query: { limit: 2, ...(after && { after }) } } });
  if (error) throw new Error(error.code);
  for (const indicator of data.items) seen.push(indicator.code);
  after = data.next;
  pages++;
} while (after);
console.log(`paged ${pages > 1} ${seen.length === new Set(seen).size} ${seen.includes("client-3")}`);

const taken = await indicators.POST("/v1/values", {
  params: { query: { mode: "atomic", dryRun: false } },
  body: [{ indicator: "client-1", period: "2021", value: 12.5, status: "final" }],
});
if (taken.error) throw new Error(taken.error.code);
console.log(`pushed ${taken.data.accepted + taken.data.duplicates} ${taken.data.receiptId !== undefined}`);

const rehearsed = await indicators.POST("/v1/values", {
  params: { query: { dryRun: true } },
  body: { indicator: "client-2", period: "2021", value: 12.5, status: "final" },
});
console.log(`rehearsed ${rehearsed.data?.accepted} ${rehearsed.data?.receiptId}`);

const refused = await indicators.POST("/v1/values", {
  body: [{ indicator: "client-unknown", period: "2021", value: 12.5, status: "final" }],
});
console.log(`refused ${refused.error?.code} ${refused.error?.errors?.[0]?.row} ${refused.error?.errors?.[0]?.code}`);

const unknown = await indicators.GET("/v1/indicators/{code}", { params: { path: { code: "nothing" } } });
console.log(`unknown ${unknown.response.status} ${unknown.error?.code}`);

const lists = [
  (await client<Projects>("PROJECTS").GET("/v1/projects")).data?.items.map(project => project.code),
  (await client<Relapse>("RELAPSE").GET("/v1/rule-sets")).data?.items.map(one => one.rules.version),
  (await client<Environment>("ENVIRONMENT").GET("/v1/stations")).data?.items.map(station => station.mn),
  (await client<Evaluation>("EVALUATION").GET("/v1/scoreboard")).data?.items.map(row => row.code),
  (await client<Alerting>("ALERTING").GET("/v1/routes")).data?.items.map(routes => routes.version),
];
console.log(`lists ${lists.every(Array.isArray)}`);
