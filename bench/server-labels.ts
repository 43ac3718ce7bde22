import type { ServerName } from './server-spec.js';

/** How reports name a server, and the class of its colour in the charts. */
export const SERVER_LABELS: Readonly<Record<ServerName, { name: string; colour: number }>> = {
  sequement: { name: 'Sequement', colour: 0 },
  none: { name: 'Redis, no persistence', colour: 1 },
  always: { name: 'Redis, fsync always', colour: 2 },
  postgres: { name: 'PostgreSQL nextval', colour: 3 },
  valkey: { name: 'Valkey, no persistence', colour: 5 },
  'valkey-always': { name: 'Valkey, fsync always', colour: 4 },
};
