import { breaking } from '../mutant.js';

/** Whoever subscribes gets what is published, once, from its confirmation on until it leaves. */
const messages = breaking('clients', [
  {
    name: 'a message to a pattern comes twice',
    file: 'src/worker/subscriptions.ts',
    search:
      "for (const each of receivers) this.#push(each, 'pmessage', pattern, channel, message);",
    replacement:
      "for (const each of [...receivers, ...receivers]) this.#push(each, 'pmessage', pattern, channel, message);",
    tests: ['server/pubsub'],
    title: 'a message reaches the subscribers at all workers and is counted over all',
  },
  {
    name: 'who has left a channel is told on',
    file: 'src/worker/subscriptions.ts',
    search:
      'if (isLeaving) this.#remove(kind, name, connection);\n      else this.#add(kind, name, connection);\n    }\n    if (awaited',
    replacement: 'if (!isLeaving) this.#add(kind, name, connection);\n    }\n    if (awaited',
    tests: ['server/pubsub'],
    title: 'who has left is told nothing more, and clients of one worker count each',
  },
  {
    name: 'who has left still counts',
    file: 'src/master/subscribers.ts',
    search: 'how.isLeaving ? -1 : 1',
    replacement: 'how.isLeaving ? 0 : 1',
    tests: ['server/pubsub'],
    title: 'who has left is told nothing more, and clients of one worker count each',
  },
  {
    name: 'several subscribers of one worker count as one',
    file: 'src/master/subscribers.ts',
    search: 'sum += count;',
    replacement: 'sum += Math.min(count, 1);',
    tests: ['server/pubsub'],
    title: 'who has left is told nothing more, and clients of one worker count each',
  },
  {
    name: 'a message reaches the subscribers of one worker only',
    file: 'src/master/subscribers.ts',
    search: 'for (const listener of listeners) {\n      listener.open();',
    replacement: 'for (const listener of [...listeners].slice(-1)) {\n      listener.open();',
    tests: ['server/pubsub'],
    title: 'a message reaches the subscribers at all workers and is counted over all',
  },
  {
    name: 'subscribers of a dead worker count on',
    file: 'src/master/subscribers.ts',
    search: 'if (counts.delete(listener) && counts.size === 0) names.delete(name);\n      }',
    replacement: 'if (counts.size === 0) names.delete(name);\n      }',
    tests: ['server/pubsub'],
    title: 'a worker that dies takes its subscriptions with it',
  },
  {
    name: 'who has gone is not taken off the channels',
    file: 'src/worker/worker.ts',
    search: 'this.#subscriptions.leave(connection, own);',
    replacement: '',
    tests: ['server/pubsub'],
    title: 'a message reaches the subscribers at all workers and is counted over all',
  },
]);

/** CLIENT PAUSE: what it keeps back, where, and until when. */
const pauses = breaking('clients', [
  {
    name: 'a pause of what writes keeps back what reads',
    file: 'src/worker/gate.ts',
    search: "if (this.#pause === 'write' && ",
    replacement: 'if (this.#marks === 0 && ',
    tests: ['server/pauses'],
    title: 'a pause of what writes keeps back a transaction that does, and no other',
  },
  {
    name: 'a pause of everything lets through what reads',
    file: 'src/worker/gate.ts',
    search: "if (this.#pause === 'write' && ",
    replacement: 'if (',
    tests: ['server/pauses'],
    title: 'a pause of everything keeps back what only reads, too, until it ends',
  },
  {
    name: 'a pause lets through a transaction that writes',
    file: 'src/worker/gate.ts',
    search: ' || executesWrites(connection, command);',
    replacement: ';',
    tests: ['server/pauses'],
    title: 'a pause of what writes keeps back a transaction that does, and no other',
  },
  {
    name: 'a pause lets takes through',
    file: 'src/worker/gate.ts',
    search: 'this.#marks |= Mark.paused;',
    replacement: '',
    tests: ['server/client-control'],
    title: 'a pause keeps back what writes, at all workers, and what stands behind it',
  },
  {
    name: 'a pause never ends by itself',
    file: 'src/worker/gate.ts',
    search: "setTimeout(() => this.pause('none', 0), Math.min(forMs, 0x7fffffff));",
    replacement: 'setTimeout(() => {}, Math.min(forMs, 0x7fffffff));',
    tests: ['server/pauses'],
    title: 'a pause of everything keeps back what only reads, too, until it ends',
  },
  {
    name: 'a pause ends at once',
    file: 'src/worker/gate.ts',
    search: 'Math.min(forMs, 0x7fffffff)',
    replacement: 'Math.min(forMs, 1)',
    tests: ['server/pauses'],
    title: 'a pause of everything keeps back what only reads, too, until it ends',
  },
  {
    name: 'the end of a pause lets nobody go on',
    file: 'src/worker/gate.ts',
    search: 'this.#paused.delete(connection);\n      this.#release(connection);',
    replacement: 'this.#paused.delete(connection);',
    tests: ['server/pauses'],
    title: 'a pause of everything keeps back what only reads, too, until it ends',
  },
  {
    name: 'one worker alone keeps to a pause',
    file: 'src/master/workers.ts',
    search: 'await this.#ask({ pause: this.#pause.mode, forMs: this.#pause.untilMs - nowMs });',
    replacement:
      'await this.#slots[0]?.link.ask({ pause: this.#pause.mode, forMs: this.#pause.untilMs - nowMs });',
    tests: ['server/client-control'],
    title: 'a pause keeps back what writes, at all workers, and what stands behind it',
  },
  {
    name: 'a worker that starts knows of no pause',
    file: 'src/master/workers.ts',
    search: 'if (leftMs > 0)',
    replacement: 'if (leftMs > 1e9)',
    tests: ['server/pauses'],
    title: 'a worker that starts during a pause keeps to it',
  },
  {
    name: 'a second pause makes the first one shorter',
    file: 'src/master/workers.ts',
    search: 'const untilMs = Math.max(before.untilMs, nowMs + forMs);',
    replacement: 'const untilMs = nowMs + forMs;',
    tests: ['server/pauses'],
    title: 'a second pause makes the first one not shorter',
  },
]);

/** CLIENT KILL and each of its filters. */
const kills = breaking(
  'clients',
  (
    [
      ['an id', '(id === undefined || id === String(connection.id)) &&'],
      [
        'the type of those that listen',
        "(type === undefined || type === (connection.isSubscriber ? 'pubsub' : 'normal')) &&",
      ],
      ['an address', '(address === undefined || address === connection.address) &&'],
      [
        'an address of ours',
        '(localAddress === undefined || localAddress === connection.localAddress) &&',
      ],
      ['a user', '(user === undefined || user === connection.user.name)'],
    ] as const
  ).map(([filter, search]) => ({
    name: `CLIENT KILL takes no heed of ${filter}`,
    file: 'src/worker/kill-clients.ts',
    search,
    replacement: search.endsWith('&&') ? '' : 'true',
    tests: ['server/kill-filters'],
  })),
);

const killing = breaking('clients', [
  {
    name: 'CLIENT KILL closes whoever asks for it, unbidden',
    file: 'src/worker/kill-clients.ts',
    search: 'if ((isCaller && filter.isCallerSpared) || !matches(connection, filter)) continue;',
    replacement: 'if (!matches(connection, filter)) continue;',
    tests: ['server/kill-filters'],
  },
  {
    name: 'CLIENT KILL closes whoever asks before it is answered',
    file: 'src/worker/kill-clients.ts',
    search: 'if (isCaller) connection.closeAfterReply();\n    else connection.destroy();',
    replacement: 'connection.destroy();',
    tests: ['server/client-control'],
    title: 'CLIENT KILL closes clients of every worker, and its own when it is answered',
  },
  {
    name: 'CLIENT KILL reaches the clients of one worker',
    file: 'src/master/workers.ts',
    search: 'const counts = await this.#ask({ kill: filter });',
    replacement: 'const counts = (await this.#ask({ kill: filter })).slice(0, 1);',
    tests: ['server/client-control'],
    title: 'CLIENT KILL closes clients of every worker, and its own when it is answered',
  },
]);

/** How many may be here, how long they may be silent, and how much may wait for them. */
const limits = breaking('clients', [
  {
    name: 'maxclients limits nobody',
    file: 'src/master/workers.ts',
    search: 'this.#connections() >= this.#handlers.config().maxclients;',
    replacement: 'this.#connections() < 0;',
    tests: ['server/client-control'],
    title: 'maxclients counts over all workers, and a place is free when a client is gone',
  },
  {
    name: 'maxclients counts for each worker apart',
    file: 'src/master/workers.ts',
    search: 'this.#connections() >= this.#handlers.config().maxclients;',
    replacement: 'link.connections >= this.#handlers.config().maxclients;',
    tests: ['server/client-control'],
    title: 'maxclients counts over all workers, and a place is free when a client is gone',
  },
  {
    name: 'who was turned away makes room for another when it goes',
    file: 'src/worker/worker.ts',
    search: 'if (!connection.isSurplus) this.#gone();',
    replacement: 'this.#gone();',
    tests: ['server/client-control'],
    title: 'maxclients counts over all workers, and a place is free when a client is gone',
  },
  {
    name: 'who has gone keeps the place',
    file: 'src/worker/worker.ts',
    search: 'if (!connection.isSurplus) this.#gone();',
    replacement: 'if (!connection.isSurplus && this.#left > 0) this.#gone();',
    tests: ['server/client-control'],
    title: 'maxclients counts over all workers, and a place is free when a client is gone',
  },
  {
    name: 'who was turned away is served',
    file: 'src/worker/worker.ts',
    search: 'connection.closeAfterReply();\n  }\n\n  #tick',
    replacement: '}\n\n  #tick',
    tests: ['server/client-control'],
    title: 'maxclients counts over all workers, and a place is free when a client is gone',
  },
  {
    name: 'a silent client stays',
    file: 'src/worker/worker.ts',
    search: 'beforeMs - connection.activeAtMs > idleMs) {',
    replacement: 'connection.activeAtMs > beforeMs + 1e9 + idleMs) {',
    tests: ['server/idle'],
  },
  {
    name: 'who speaks counts as silent',
    file: 'src/worker/connection.ts',
    search: 'this.activeAtMs = this.server.nowMs;\n    this.server.statistics.bytesIn',
    replacement: 'this.server.statistics.bytesIn',
    tests: ['server/idle'],
  },
  {
    name: 'who listens counts as silent',
    file: 'src/worker/connection.ts',
    search: 'return !this.isSubscriber && !this.isMonitor && !isWaiting;',
    replacement: 'return !this.isMonitor && !isWaiting;',
    tests: ['server/idle'],
  },
  {
    name: 'who waits for an answer counts as silent',
    file: 'src/worker/connection.ts',
    search: 'return !this.isSubscriber && !this.isMonitor && !isWaiting;',
    replacement: 'return !this.isSubscriber && !this.isMonitor;',
    tests: ['server/idle'],
  },
  {
    name: 'a client over the soft limit is never dropped',
    file: 'src/worker/output-limits.ts',
    search:
      'else if (nowMs - connection.overSoftLimitSinceMs > seconds * 1000) connection.destroy();',
    replacement: '',
    tests: ['worker/output-limits'],
  },
  {
    name: 'a client over the soft limit is dropped at once',
    file: 'src/worker/output-limits.ts',
    search: '> seconds * 1000) connection',
    replacement: '>= 0 * seconds) connection',
    tests: ['worker/output-limits'],
  },
  {
    name: 'a client that comes down from the soft limit has not its time again',
    file: 'src/worker/output-limits.ts',
    search: 'if (connection.unsentBytes <= soft) this.#overSoft.delete(connection);\n      else if',
    replacement: 'if',
    tests: ['worker/output-limits'],
  },
  {
    name: 'subscribers have the limits of others',
    file: 'src/worker/output-limits.ts',
    search: 'return connection.isSubscriber ? pubsub : normal;',
    replacement: 'return pubsub === undefined ? pubsub : normal;',
    tests: ['worker/output-limits'],
  },
  {
    name: 'nothing looks at the limits of output',
    file: 'src/worker/worker.ts',
    search: 'this.#outputLimits.check(connection, this.config, this.nowMs);',
    replacement: '',
    tests: ['server/pubsub'],
    title: 'a subscriber that reads nothing is closed at the limit for subscribers',
  },
]);

export const clients = [...messages, ...pauses, ...kills, ...killing, ...limits];
