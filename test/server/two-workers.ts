import { RawClient } from './raw-client.js';

/** The worker's number stands in front of its clients' ids. */
const CLIENT_IDS = 1e9;

/** Clients at each of two workers; a worker that starts later than the other gets none at first. */
export async function clientsOfTwoWorkers(port: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  const workers = new Set<number>();
  while (workers.size < 2 || clients.length < 4) {
    const client = await RawClient.connect(port);
    clients.push(client);
    workers.add(Math.floor(Number(await client.send('CLIENT', 'ID')) / CLIENT_IDS));
  }
  return clients;
}
