// A program's first day, by openapi-fetch with the types that openapi-typescript makes: from a number to a joined run,
// and back. Called with the address of the site and a number; it says `code?` and reads the code.
import { createInterface } from "node:readline/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [, , baseUrl, phone] = process.argv as [string, string, string, string];
type Answer<T> = { data?: { data: T } | undefined; error?: components["schemas"]["Error"] | undefined };

const told = <T>({ data, error }: Answer<T>): T => {
  if (!data) throw new Error(`${error?.error.code}: ${error?.error.message}`);
  return data.data;
};
const same = (found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
};

const client = createClient<paths>({ baseUrl });
told(await client.POST("/api/v1/auth/otp", { body: { phone } }));
console.log("code?");
const lines = createInterface({ input: process.stdin });
const code = await lines.question("");
lines.close();
const first = told(await client.POST("/api/v1/auth/verify", { body: { phone, code } }));
const tokens = told(await client.POST("/api/v1/auth/refresh", { body: { refresh_token: first.refresh_token } }));
client.use({
  onRequest: ({ request }) => {
    request.headers.set("Authorization", `Bearer ${tokens.access_token}`);
  },
});
const me = told(await client.PATCH("/api/v1/me", { body: { name: "Nima" } }));
same(me.name, "Nima");
const [run] = told(await client.GET("/api/v1/runs", { params: { query: { limit: 5 } } }));
if (!run) throw new Error("there is no run");
const join = () => client.POST("/api/v1/runs/{run_id}/join", {
  params: { path: { run_id: run.id }, header: { "Idempotency-Key": "first-day" } },
  body: {},
});
same(told(await join()), told(await join()));
same(told(await client.GET("/api/v1/me/runs")).map(({ id }) => id), [run.id]);
await client.POST("/api/v1/runs/{run_id}/leave", { params: { path: { run_id: run.id } } });
same(told(await client.GET("/api/v1/me/runs")), []);
const notifications = told(await client.GET("/api/v1/notifications"));
await client.POST("/api/v1/notifications/read-all");
await client.POST("/api/v1/auth/logout");
console.log("done", run.title, notifications.length);
