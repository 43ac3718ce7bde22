import { breaking } from '../mutant.js';

/** What waits for the disk holds back nobody else. */
const nobodyElse = breaking(2, [
  {
    name: 'who looks at all names waits for the disk of a command on many',
    file: 'src/master/many-names.ts',
    search: 'this.#task.hurry();',
    replacement: '',
    tests: ['master/many-names'],
  },
  {
    name: 'all wait for the start of Lua',
    file: 'src/master/script-engine.ts',
    search: 'this.#starting = this.#start();\n    this.#goOn();',
    replacement: 'void this.lua;',
    tests: ['master/script-engine'],
  },
  {
    name: 'a script is sent before Lua is there, and has its start done at once',
    file: 'src/worker/gate.ts',
    search: "if (command.name !== 'exec') return command.runs === 'script';",
    replacement: "if (command.name !== 'exec') return false;",
    tests: ['worker/gates'],
  },
  {
    name: 'an answer waits for those before it',
    file: 'src/master/held-replies.ts',
    search: 'if (held.lsn <= durableLsn)',
    replacement: 'if (held.lsn <= durableLsn && kept.length === 0)',
    tests: ['master/held-replies'],
  },
  {
    name: 'a run waits whole when a part of it must',
    file: 'src/master/takes.ts',
    search: '? granted : grant.durable;',
    replacement: '? granted : 0;',
    tests: ['master/executor'],
  },
  {
    name: 'a read waits for other sequences',
    file: 'src/master/sequences.ts',
    search: 'if (!table.slab.hasFlag(ref, SequenceFlag.pending)) return 0;',
    replacement: 'if (!table.slab.hasFlag(ref, SequenceFlag.pending)) return table.changedLsn;',
    tests: ['master/executor'],
  },
  {
    name: 'a reply that came early goes out early',
    file: 'src/worker/reply-queue.ts',
    search: 'if (awaited !== this.#head) {',
    replacement: 'if (awaited.owner === undefined) {',
    tests: ['worker/reply-queue'],
  },
  {
    name: 'what is known at once overtakes what waits',
    file: 'src/worker/reply-queue.ts',
    search: 'if (tail === undefined) return owner.output();',
    replacement: 'if (tail === undefined || tail.count > 0) return owner.output();',
    tests: ['worker/reply-queue'],
  },
  {
    name: 'the rest of a split place is lost from the end of the queue',
    file: 'src/worker/reply-queue.ts',
    search: 'if (this.#tail === awaited) this.#tail = rest;',
    replacement: '',
    tests: ['worker/reply-queue'],
  },
  {
    name: 'a large base is synced in one go',
    file: 'src/writer/compaction.ts',
    search: 'if (base.unsynced >= SYNC_EVERY) await base.sync();',
    replacement: '',
    tests: ['writer/compaction'],
  },
  {
    name: 'a base does not give way to the appends',
    file: 'src/writer/compaction.ts',
    search: 'await this.#commit.giveWay();',
    replacement: '',
    tests: ['writer/compaction'],
  },
]);

/** In a steady state no command waits for the disk. */
const refill = breaking(3, [
  {
    name: 'a third block is reserved for who has two',
    file: 'src/worker/holds.ts',
    search: 'Math.min(this.thresholdPercent, MOST_PERCENT)',
    replacement: 'this.thresholdPercent',
    tests: ['worker/holds'],
  },
  {
    name: 'nothing is reserved ahead',
    file: 'src/master/allocator.ts',
    search: 'this.#refillAhead(table, ref, reserved);',
    replacement: '',
    tests: ['master/allocator'],
  },
  {
    name: 'a block is reserved ahead when the last one is used up',
    file: 'src/master/block-policy.ts',
    search: 'left * 100 < block * settings.threshold',
    replacement: 'left <= 0',
    tests: ['master/allocator'],
  },
  {
    name: 'a block is reserved ahead again while one is under way',
    file: 'src/master/allocator.ts',
    search: 'block === 1 || slab.hasFlag(ref, SequenceFlag.pending)) return;',
    replacement: 'block === 1) return;',
    tests: ['master/allocator'],
  },
  {
    name: 'blocks do not grow',
    file: 'src/master/block-policy.ts',
    search: '< settings.blockMax ? shift + 1 : shift',
    replacement: '< settings.blockMax ? shift : shift',
    tests: ['master/allocator'],
  },
  {
    name: 'blocks do not shrink',
    file: 'src/master/block-policy.ts',
    search: 'smaller > 0; rest /= 2) smaller--;',
    replacement: 'smaller > 0; rest /= 2) break;',
    tests: ['master/allocator'],
  },
  {
    name: 'blocks grow past the largest',
    file: 'src/master/block-policy.ts',
    search: 'Math.min(settings.block * 2 ** shift, Math.max(settings.blockMax, settings.block))',
    replacement: 'settings.block * 2 ** shift',
    tests: ['master/allocator'],
  },
]);

/** What arrives during a sync shares the next one, and only the next one. */
const groupCommit = breaking(4, [
  {
    name: 'each batch has a record and a sync of its own',
    file: 'src/writer/batch-queue.ts',
    search: 'end - start > JOIN_LIMIT',
    replacement: 'end - start > 0',
    tests: ['writer/group-commit'],
  },
  {
    name: 'a sync acknowledges what arrived during it',
    file: 'src/writer/group-commit.ts',
    search: 'this.#acknowledge(batch.lsn);',
    replacement: 'this.#acknowledge(this.#lastLsn);',
    tests: ['writer/group-commit'],
  },
  {
    name: 'a sync counts what was written during it as synced',
    file: 'src/store/log/appender.ts',
    search: 'this.#durable = Math.max(this.#durable, reached);',
    replacement: 'this.#durable = Math.max(reached, this.#size);',
    tests: ['writer/group-commit', 'writer/crash'],
  },
  {
    name: 'the first batch of a chunk is synced alone',
    file: 'src/writer/group-commit.ts',
    search: 'await undefined;',
    replacement: '',
    tests: ['writer/group-commit'],
  },
  {
    name: 'everysec never syncs',
    file: 'src/writer/group-commit.ts',
    search: "if (this.#policy === 'everysec') this.#syncInBackground();",
    replacement: '',
    tests: ['writer/group-commit'],
  },
  {
    name: 'a stricter policy leaves unsynced what was',
    file: 'src/writer/group-commit.ts',
    search: "if (policy !== 'no') this.#syncInBackground();",
    replacement: '',
    tests: ['writer/group-commit'],
  },
  {
    name: 'a batch is acknowledged after a sync in the background failed',
    file: 'src/writer/group-commit.ts',
    search: "if (this.#state !== 'broken') this.#reports.durable",
    replacement: 'this.#reports.durable',
    tests: ['writer/group-commit'],
  },
]);

export const waiting = [...nobodyElse, ...refill, ...groupCommit];
