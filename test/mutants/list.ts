import type { Mutant } from './mutant.js';
import { authority, holds } from './rules/authority.js';
import { backups } from './rules/backups.js';
import { clients } from './rules/clients.js';
import { disk } from './rules/disk.js';
import { doors } from './rules/doors.js';
import { durable } from './rules/durable.js';
import { exact } from './rules/exact.js';
import { expiry } from './rules/expiry.js';
import { iteration } from './rules/iteration.js';
import { order } from './rules/order.js';
import { rights } from './rules/rights.js';
import { strangers } from './rules/strangers.js';
import { transactions } from './rules/transactions.js';
import { waiting } from './rules/waiting.js';

export const mutants: readonly Mutant[] = [
  ...durable,
  ...waiting,
  ...authority,
  ...holds,
  ...exact,
  ...expiry,
  ...disk,
  ...order,
  ...strangers,
  ...rights,
  ...transactions,
  ...iteration,
  ...doors,
  ...clients,
  ...backups,
];
