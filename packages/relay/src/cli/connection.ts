import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import type { Command } from "commander";
import { messageOf } from "../relay-error.ts";
import { CommandError } from "./exit-code.ts";
import type { Machine } from "./machine.ts";

/** Which servers, and how they know who asks. */
interface ServerOptions {
  readonly nats?: readonly string[];
  readonly creds?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

const fallback = "nats://127.0.0.1:4222";

/** Adds the options that every command has. */
export function addServerOptions(command: Command): void {
  command
    .optionsGroup("Server:")
    .option("--nats <urls...>", `servers of one cluster (NATS_URL, else ${fallback})`)
    .option("--creds <file>", "credentials of a user (NATS_CREDS); else NATS_USER and NATS_PASSWORD, or NATS_TOKEN")
    .option("--tls-ca <file>", "certificates to trust, PEM")
    .option("--tls-cert <file>", "the client's certificate, PEM")
    .option("--tls-key <file>", "its key, PEM");
}

/** Servers as the command line or the environment names them. */
function serversOf(options: ServerOptions, machine: Machine): string[] {
  if (options.nats !== undefined) return options.nats.flatMap((text) => text.split(","));
  return (machine.env["NATS_URL"] ?? fallback).split(",");
}

/**
 * A connection that outlives its servers.
 * @throws CommandError where none answers.
 */
export async function connectTo(command: Command, machine: Machine): Promise<NatsConnection> {
  const options = command.opts<ServerOptions>();
  const servers = serversOf(options, machine);
  const more = { ...(await userOf(options, machine)), ...tlsOf(options, machine) };
  try {
    return await connect({ servers, maxReconnectAttempts: -1, name: "rbgen-relay", ...more });
  } catch (error) {
    throw new CommandError(
      `${servers.join(", ")}: ${messageOf(error)}`,
      "start a server (nats-server -js), or name one: --nats nats://HOST:4222",
    );
  }
}

async function userOf({ creds }: ServerOptions, { env, cwd }: Machine): Promise<ConnectionOptions> {
  const file = creds ?? env["NATS_CREDS"];
  if (file !== undefined) {
    try {
      return { authenticator: credsAuthenticator(await readFile(resolve(cwd, file))) };
    } catch (error) {
      throw new CommandError(`the credentials ${file} cannot be read: ${messageOf(error)}`);
    }
  }
  const [user, pass, token] = [env["NATS_USER"], env["NATS_PASSWORD"], env["NATS_TOKEN"]];
  if (user !== undefined) return pass === undefined ? { user } : { user, pass };
  return token === undefined ? {} : { token };
}

function tlsOf({ tlsCa, tlsCert, tlsKey }: ServerOptions, { cwd }: Machine): ConnectionOptions {
  if (tlsCa === undefined && tlsCert === undefined && tlsKey === undefined) return {};
  const file = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(cwd, path));
  const files = { caFile: file(tlsCa), certFile: file(tlsCert), keyFile: file(tlsKey) };
  return { tls: Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined)) };
}
