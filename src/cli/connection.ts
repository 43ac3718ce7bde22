import { Redis, type RedisOptions, ReplyError } from 'ioredis';
import { Failure } from './failure.js';
import { describeTarget, type Target } from './target.js';

const CONNECT_TIMEOUT_MS = 5000;

/**
 * Connects once, lets `act` talk to the server, and disconnects. Whatever keeps the server from answering, an error
 * reply among it, comes out as a Failure of one sentence.
 */
export async function withConnection<T>(
  target: Target,
  act: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis(connectionOptions(target));
  // connect() rejects with "Connection is closed"; the cause comes as an event before.
  let cause: unknown;
  redis.on('error', (error: unknown) => {
    cause ??= error;
  });
  try {
    await redis.connect();
    return await act(redis);
  } catch (error) {
    throw readable(error instanceof ReplyError ? error : (cause ?? error), target);
  } finally {
    redis.disconnect();
  }
}

function connectionOptions(target: Target) {
  return {
    ...(target.socket === undefined
      ? { host: target.host, port: target.port }
      : { path: target.socket }),
    ...(target.user !== undefined && { username: target.user }),
    ...(target.password !== undefined && { password: target.password }),
    ...(target.tls !== undefined && { tls: target.tls }),
    db: target.database,
    protocol: 2,
    stringNumbers: true,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => null,
    reconnectOnError: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
  } satisfies RedisOptions;
}

function readable(error: unknown, target: Target): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const place = describeTarget(target);
  if (error instanceof ReplyError) {
    if (error.message.startsWith('NOAUTH')) {
      return new Failure(
        `the server at ${place} wants a password; give it in SEQUEMENT_PASSWORD or with --password`,
      );
    }
    if (error.message.startsWith('WRONGPASS')) {
      return new Failure(`the server at ${place} does not accept this user and password`);
    }
    return new Failure(`the server at ${place} answered: ${error.message}`);
  }
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
      return new Failure(`no server listens on ${place}; is it running?`);
    case 'ENOENT':
      return new Failure(`there is no socket ${place}; is the server running?`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Failure(`the host name ${target.host} is not known`);
    case 'EPIPE':
      return error;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return new Failure(
        `the certificate of the server at ${place} was issued by somebody unknown; name the issuer with --cacert`,
      );
    default:
      return new Failure(`the connection to ${place} failed: ${error.message}`);
  }
}
