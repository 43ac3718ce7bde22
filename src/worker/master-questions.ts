import { allCommands } from '../commands/table.js';
import type { ReportSubject } from '../protocol/control-message.js';
import type { UsersChange } from '../protocol/users-change.js';
import type { Connection } from './connection.js';
import type { Dispatcher } from './dispatcher.js';
import type { Holds } from './holds.js';
import { killClients } from './kill-clients.js';
import type { MasterLink } from './master-link.js';
import type { Statistics } from './statistics.js';
import { statisticsReport } from './statistics-report.js';
import type { Users } from './users.js';
import type { Witness } from './witness.js';

const RESET = 'config|resetstat';
const RESET_INDEX = allCommands().findIndex(({ name }) => name === RESET);

/** What a worker's parts say, and do, when the master asks. */
export interface AskedParts {
  readonly connections: ReadonlySet<Connection>;
  readonly dispatcher: Dispatcher;
  readonly holds: Holds;
  readonly link: MasterLink;
  readonly statistics: Statistics;
  readonly users: Users;
  readonly witness: Witness;
}

/** Answers what the master asks of this worker; each answer says that what was asked for is so from now on. */
export class MasterQuestions {
  readonly #parts: AskedParts;

  constructor(parts: AskedParts) {
    this.#parts = parts;
  }

  answer(id: number, subject: ReportSubject): void {
    if (typeof subject === 'object' && 'users' in subject) this.#changeUsers(id, subject.users);
    else this.#parts.link.report({ id, value: this.#reportOn(subject) });
  }

  /** What asks for it is executed after it, as in Redis. */
  resetStatistics(): void {
    const { connections, statistics } = this.#parts;
    statistics.reset();
    for (const { replies, lastCommand, serverRequest } of connections) {
      if (!replies.isEmpty && lastCommand === RESET && serverRequest.command === RESET)
        statistics.called(RESET_INDEX);
    }
  }

  /** What was let through by the old rights is executed when the master hears that the new ones are in force. */
  #changeUsers(id: number, change: UsersChange): void {
    const { connections, dispatcher, holds, link, users } = this.#parts;
    dispatcher.settle();
    users.change(change, connections);
    holds.releaseWaiting();
    link.afterAnswers(() => link.report({ id, value: null }));
  }

  #reportOn(subject: Exclude<ReportSubject, { readonly users: UsersChange }>): unknown {
    const { connections, dispatcher, link, statistics, witness } = this.#parts;
    const { gate } = dispatcher;
    if (subject === 'statistics') {
      return statisticsReport(statistics, connections, gate.pausedClients);
    }
    if (subject === 'takesFromHolds') return statistics.allTakesFromHolds;
    if (subject === 'denials') {
      witness.tellDenials();
      return null;
    }
    if (subject === 'clients') return [...connections].map((each) => each.describe());
    if ('kill' in subject) return killClients(connections, subject.kill);
    if ('isWatched' in subject) {
      witness.watch(subject.isWatched);
      return null;
    }
    if ('isBusy' in subject) {
      gate.isBusy = subject.isBusy;
      return null;
    }
    gate.pause(subject.pause, subject.forMs);
    dispatcher.settle();
    link.schedule();
    return null;
  }
}
