import { breaking } from '../mutant.js';

/** Who may do what, and from when on no more. */
export const rights = breaking('rights', [
  {
    name: 'a worker says that old rights are gone before what they let through is executed',
    file: 'src/worker/worker.ts',
    search: 'this.#link.afterAnswers(() => this.#link.report({ id, value: null }));',
    replacement: 'this.#link.report({ id, value: null });',
    tests: ['simulation/rights'],
  },
  {
    name: 'a frame that is not sent yet does not count',
    file: 'src/worker/master-link.ts',
    search: 'const frame = this.sentFrames + (this.#combiner.isEmpty ? 0 : 1);',
    replacement: 'const frame = this.sentFrames;',
    tests: ['worker/master-link'],
  },
  {
    name: 'a change of rights is answered before the workers know of it',
    file: 'src/master/workers.ts',
    search: 'await Promise.all(this.#slots.map(({ link }) => link.ask({ users })));',
    replacement: 'void Promise.all(this.#slots.map(({ link }) => link.ask({ users })));',
    tests: ['server/acl'],
    title: 'nothing runs by rights whose end an OK has told',
  },
  {
    name: 'a restricted connection is not looked at',
    file: 'src/worker/connection.ts',
    search: 'this.#mark(Mark.restricted, mustAuthenticate || !this.user.mayDoEverything);',
    replacement: 'this.#mark(Mark.restricted, mustAuthenticate);',
    tests: ['server/acl'],
    title: 'what any worker denies is in ACL LOG, counted, before the client sees it',
  },
  {
    name: 'who may write a name may read it',
    file: 'src/acl/permission.ts',
    search: '(each.access & access) === access && matches(',
    replacement: '(each.access & access) >= 0 && matches(',
    tests: ['acl/permission'],
  },
  {
    name: 'each selector adds to the others',
    file: 'src/acl/permission.ts',
    search:
      "if (!mayRun(known, selector, command, request)) return { reason: 'command', position: 0 };",
    replacement: '',
    tests: ['acl/permission'],
  },
  {
    name: 'who is off comes in',
    file: 'src/acl/user.ts',
    search: 'return isRight && this.isOn;',
    replacement: 'return isRight;',
    tests: ['acl/user'],
  },
  {
    name: 'a deleted user stays connected',
    file: 'src/worker/users.ts',
    search: 'if (each.user !== user) continue;',
    replacement: 'if (each.user !== user || each.isOpen) continue;',
    tests: ['server/acl'],
    title: 'a user that is deleted loses its connections at all workers',
  },
  {
    name: 'who may not listen any more listens on',
    file: 'src/worker/users.ts',
    search: 'for (const each of revoked) close(each, caller);',
    replacement: 'revoked.length = 0;',
    tests: ['server/acl'],
    title: 'a subscriber whose channel is taken away is closed at all workers',
  },
  {
    name: 'a file of users takes effect as far as it is right',
    file: 'src/acl/acl-file.ts',
    search: "if (errors !== '') return errors + UNCHANGED;",
    replacement: '',
    tests: ['acl/acl-file'],
  },
  {
    name: 'a stranger is served without a password',
    file: 'src/worker/worker.ts',
    search: 'return isOpen && !connection.isLocal;',
    replacement: 'return isOpen && !connection.isLocal && connection.isUnixSocket;',
    tests: ['server/acl-files'],
    title: 'a client of elsewhere is refused without a password, in Redis’s words',
  },
]);
