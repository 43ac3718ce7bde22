import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { Redis } from 'ioredis';
import { RedisStore } from 'rate-limit-redis';
import * as steps from './steps.js';

const client = new Redis({ host: steps.HOST, port: steps.PORT });
const store = new RedisStore({
  sendCommand: (command: string, ...words: string[]) => client.call(command, ...words) as never,
});

const app = express();
app.use(
  rateLimit({
    ...{ windowMs: 60_000, limit: 3, standardHeaders: 'draft-8', legacyHeaders: false, store },
    keyGenerator: (request) => String(request.query.user),
  }),
);
app.get('/', (_request, response) => {
  response.send('served');
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

async function visit(user: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/?user=${user}`);
  const [, left] = /r=(\d+)/.exec(response.headers.get('ratelimit') ?? '') ?? [];
  return `${response.status}/${left}`;
}

await steps.play({
  async requests() {
    const statuses: string[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await visit('a'));
    return [...statuses, await visit('b')];
  },
  async together() {
    const statuses = await Promise.all(Array.from({ length: 20 }, () => visit('crowd')));
    return [statuses.filter((status) => status.startsWith('200')).length];
  },
  async store() {
    const first = await store.increment('s');
    await store.increment('s');
    await store.decrement('s');
    const known = await store.get('s');
    await store.resetKey('s');
    return [first.totalHits, known?.totalHits, (await store.increment('s')).totalHits];
  },
});
