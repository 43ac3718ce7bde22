import { breaking } from '../mutant.js';

/** Only one process decides a number, and what it left behind is known before another goes on. */
export const authority = breaking(5, [
  {
    name: 'the lock of the directory is not taken',
    file: 'src/lock/directory-lock.ts',
    search: 'isLocked = tryLock(descriptor);\n    for (',
    replacement: 'isLocked = true;\n    for (',
    tests: ['store/check'],
  },
  {
    name: 'children do not hold the lock',
    file: 'src/master/processes.ts',
    search: "'ipc', 'pipe', lock];",
    replacement: "'ipc', 'pipe'];",
    tests: ['server/successor'],
  },
  {
    name: 'a successor does not wait for the children of the dead',
    file: 'src/lock/directory-lock.ts',
    search: 'if (isAlive(readPid(descriptor))) break;',
    replacement: 'break;',
    tests: ['store/check'],
  },
  {
    name: 'a successor starts while a child of its predecessor lives',
    file: 'src/lock/directory-lock.ts',
    search: 'if (!isLocked) return { isLocked, pid: readPid(descriptor) };',
    replacement: 'isLocked = true;',
    tests: ['server/successor'],
  },
  {
    name: 'the writer outlives its master',
    file: 'src/writer/main.ts',
    search: 'const orphaned = () => process.exit(1);',
    replacement: 'const orphaned = () => {};',
    tests: ['writer/process'],
  },
  {
    name: 'a silent child is not killed',
    file: 'src/master/heartbeat.ts',
    search: 'if (child.ping() >= allowed) this.#onSilent(child);',
    replacement: 'child.ping();',
    tests: ['master/heartbeat'],
  },
  {
    name: 'a child is killed for the silence of a master that was stopped',
    file: 'src/master/heartbeat.ts',
    search: 'if (wasLate) child.excuse();',
    replacement: '',
    tests: ['master/heartbeat'],
  },
  {
    name: 'a child counts as gone before everything it wrote was read',
    file: 'src/master/child.ts',
    search:
      'if (this.#exit === undefined || !this.#isPipeClosed) return;\n    handlers.onExit(this.#exit);',
    replacement:
      'if (this.#exit === undefined) return;\n    const { onExit } = handlers;\n    handlers.onExit = () => {};\n    onExit(this.#exit);',
    tests: ['master/child'],
  },
  {
    name: 'a child counts as gone while its process lives',
    file: 'src/master/child.ts',
    search:
      'if (this.#exit === undefined || !this.#isPipeClosed) return;\n    handlers.onExit(this.#exit);',
    replacement:
      "if (!this.#isPipeClosed) return;\n    const { onExit } = handlers;\n    handlers.onExit = () => {};\n    onExit(this.#exit ?? 'lost');",
    tests: ['master/child'],
  },
  {
    name: 'what the dead writer did not confirm is not sent again',
    file: 'src/master/reservation-log.ts',
    search: "if (this.#failure === '') for (const batch of this.#unconfirmed) this.#send(batch);",
    replacement: '',
    tests: ['master/log-keeper'],
  },
  {
    name: 'what the dead writer failed at is sent to the next one',
    file: 'src/master/reservation-log.ts',
    search: 'this.#unconfirmed = [];\n    this.entries.reset();',
    replacement: 'this.entries.reset();',
    tests: ['master/log-keeper', 'master/allocator-model'],
  },
  {
    name: 'the next writer loads the log anew',
    file: 'src/master/log-keeper.ts',
    search: 'this.#isLoaded ? { resume:',
    replacement: 'this.#isStopping ? { resume:',
    tests: ['master/log-keeper'],
  },
  {
    name: 'the next writer cuts off what was acknowledged',
    file: 'src/master/log-keeper.ts',
    search: 'this.size = report.size;\n        this.#settle(report.lsn);',
    replacement: 'this.#settle(report.lsn);',
    tests: ['master/log-keeper'],
  },
  {
    name: 'the next writer does not cut what was not acknowledged',
    file: 'src/store/log/recover.ts',
    search: 'if (size > offset) await place.file.truncate(offset);',
    replacement: '',
    tests: ['store/recover'],
  },
  {
    name: 'the next writer takes a shorter log for the one it was told of',
    file: 'src/store/log/recover.ts',
    search: 'if (size < offset || offset < header.baseSize) {',
    replacement: 'if (offset < header.baseSize) {',
    tests: ['store/recover'],
  },
  {
    name: 'the next writer cuts a new log at the place of the old',
    file: 'src/store/log/recover.ts',
    search: 'if (header.file !== from.file) return',
    replacement: "if (header.file === '') return",
    tests: ['store/recover'],
  },
  {
    name: 'the next writer begins anew when the log has disappeared',
    file: 'src/store/log/local-log.ts',
    search: 'if (request.resume === undefined) return undefined;',
    replacement: 'if (path !== undefined) return undefined;',
    tests: ['store/recover'],
  },
  {
    name: 'a new log is not told to the next writer',
    file: 'src/master/log-keeper.ts',
    search: 'this.#file = report.file;',
    replacement: '',
    tests: ['master/log-keeper'],
  },
  {
    name: 'connections on their way to a dead worker are lost',
    file: 'src/master/workers.ts',
    search: 'for (const connection of slot.inTransit) this.deal(connection);',
    replacement: '',
    tests: ['server/accept'],
  },
]);

/**
 * Blocks lent to workers (holds). To come with them: a block is lent while another worker's take is executed (recall before grant);
 * what is given back is not taken in; a block is used again before it was given back or its holder is dead; a holder's death gives its
 * block back instead of making it a gap; a hold is served beyond its durable ceiling, after its recall, or past its deadline; a
 * command on a held sequence is executed without a recall.
 */
export const holds = breaking(5, []);
