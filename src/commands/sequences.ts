import { subtract } from '../protocol/int64.js';
import type { CommandRow } from './command.js';
import { KEY, oneKey } from './documentation.js';

/** Our own commands that look at sequences. */
export const sequences: readonly CommandRow[] = [
  {
    ...oneKey('RO', 'access'),
    runs: 'master',
    name: 'seq.info',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['sequence'],
    group: 'sequence',
    since: '7.0.0',
    summary:
      'Tell what is known of a sequence: its value, what is reserved, what a crash would cost',
    complexity: 'O(1)',
    arguments: [KEY],
    execute: (keyspace, request, reply) => {
      const start = request.starts[1] as number;
      const end = request.ends[1] as number;
      const facts = keyspace.describe(request.bytes, start, end);
      if (facts === undefined) {
        reply.nil();
        return;
      }
      // Reserved and not served: the numbers that a crash would skip.
      const reserved = subtract(facts.ceiling, facts.value) ?? 0;
      reply.map(8);
      reply.bulkText('name');
      reply.bulk(request.bytes, start, end);
      reply.bulkText('value');
      reply.integer(facts.value);
      reply.bulkText('ceiling');
      reply.integer(facts.ceiling);
      reply.bulkText('durable-ceiling');
      reply.integer(facts.durableCeiling);
      reply.bulkText('reserved');
      reply.integer(reserved);
      reply.bulkText('block');
      reply.integer(facts.block);
      reply.bulkText('kind');
      reply.bulkText(facts.isGauge ? 'gauge' : 'counter');
      reply.bulkText('lost-if-crashed');
      reply.integer(reserved);
    },
  },
];
