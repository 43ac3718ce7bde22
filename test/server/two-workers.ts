import { RawClient } from './raw-client.js';

/** Clients at each of two workers; a worker that starts later than the other gets none at first. */
export async function clientsOfTwoWorkers(port: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  const workers = new Set<boolean>();
  while (workers.size < 2 || clients.length < 4) {
    const client = await RawClient.connect(port);
    clients.push(client);
    workers.add(Number(await client.send('CLIENT', 'ID')) > 1e9);
  }
  return clients;
}
