import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectEncrypted } from 'node:tls';

/** Where a server is, and who asks. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** When present, host and port don't count. */
  readonly socket?: string;
  readonly user?: string;
  readonly password?: string;
  readonly database: number;
  /** Absent: the connection is not encrypted. */
  readonly tls?: ConnectionOptions;
}

export function openSocket(endpoint: Endpoint): Socket {
  const { host, port, socket, tls } = endpoint;
  if (socket !== undefined) return connect({ path: socket });
  if (tls === undefined) return connect({ host, port, noDelay: true });
  return connectEncrypted({ host, port, ...tls }).setNoDelay(true);
}

/** The commands that each connection begins with; all of them are answered with OK. */
export function greetingsTo({ user, password, database }: Endpoint): string[][] {
  const greetings: string[][] = [];
  if (password !== undefined) {
    greetings.push(user === undefined ? ['AUTH', password] : ['AUTH', user, password]);
  }
  if (database !== 0) greetings.push(['SELECT', String(database)]);
  return greetings;
}
