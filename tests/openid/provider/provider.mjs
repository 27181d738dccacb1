// A real provider of OpenID Connect for tests: npm's oidc-provider, whose keys, times and faults tests can set.
//
//   node provider.mjs FOLDER REDIRECT_URI     prints the port it listens on
//
// Whoever signs in is named by what they type: "sara@mail.example", "unverified:sara@mail.example", or, for another
// account with the same address, "2:sara@mail.example". POST /test sets what `set` below says.

import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [folder, firstRedirectUri] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/`));
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const usual = { redirectUri: firstRedirectUri, down: "", slow: "", codeLifetime: 60, inIdToken: true, algorithm: "RS256" };
let set = { ...usual };
let handle;

function key() {
  const made = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  return { ...made, use: "sig", alg: "RS256" };
}

function configuration() {
  return {
    clients: [
      {
        client_id: "hampa",
        client_secret: "a-secret-that-is-long-enough-for-hs256-too",
        redirect_uris: [set.redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
        id_token_signed_response_alg: set.algorithm,
      },
    ],
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "HS256"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    conformIdTokenClaims: !set.inIdToken,
    cookies: { keys: ["only for tests"] },
    jwks: { keys: [key()] },
    pkce: { required: () => true },
    ttl: { AuthorizationCode: () => set.codeLifetime, Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: id.slice(id.indexOf(":") + 1),
        email_verified: !id.startsWith("unverified:"),
      }),
    }),
  };
}

function start(port) {
  const provider = new Provider(`http://127.0.0.1:${port}`, configuration());
  provider.on("server_error", (_context, error) => console.error(error));
  handle = provider.callback();
}

const server = createServer((request, response) => {
  const path = request.url.split("?")[0];
  if (path === "/test") {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      set = { ...usual, ...JSON.parse(body) };
      if (set.restart) start(server.address().port);
      response.end("set");
    });
  } else if (set.down && path.startsWith(set.down)) {
    request.socket.destroy();
  } else if (set.slow && path.startsWith(set.slow)) {
    // No answer at all: it is the client that has to give up.
  } else {
    handle(request, response);
  }
});
server.listen(0, "127.0.0.1", () => {
  start(server.address().port);
  console.log(server.address().port);
});
