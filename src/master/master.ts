import type { Config } from '../config/directives.js';
import type { UserLine } from '../config/user-lines.js';
import { Allocator } from './allocator.js';
import { TICK_MS } from './block-policy.js';
import { BlockedClients } from './blocked-clients.js';
import { writeExactState } from './clean-stop.js';
import { ConfigurationFile } from './configuration-file.js';
import { Control } from './control.js';
import { descriptorShortage } from './descriptors.js';
import { Executor } from './executor.js';
import { Expiry } from './expiry.js';
import { Facts } from './facts.js';
import { Heartbeat } from './heartbeat.js';
import { Holds } from './holds.js';
import { KeyspaceView } from './keyspace-view.js';
import { type AcceptedConnection, Listener } from './listener.js';
import { Loading } from './loading.js';
import { LogKeeper } from './log-keeper.js';
import { MemoryLimit } from './memory-limit.js';
import type { Messages } from './messages.js';
import { blockSettings, keeperSettings, wantedWorkers } from './part-settings.js';
import type { Processes } from './processes.js';
import { listenerSettings, Reconfiguration } from './reconfiguration.js';
import { ReservationLog } from './reservation-log.js';
import { misconfiguration, Sequences } from './sequences.js';
import { SlowCommands } from './slow-commands.js';
import { Subscribers } from './subscribers.js';
import { Users } from './users.js';
import { Workers } from './workers.js';

/** loading ──▶ serving ──▶ draining ──▶ (process ends); a refused start goes from loading to the end. */
type MasterPhase = 'loading' | 'serving' | 'draining';

export interface MasterOptions {
  readonly config: Config;
  /** The file it came from, or ''. */
  readonly configFile: string;
  readonly version: string;
  readonly messages: Pick<Messages, 'level' | 'notice' | 'warning'>;
  readonly processes: Pick<Processes, 'worker' | 'writer'>;
  /** Makes what accepts connections; absent: a Listener on the configured addresses. */
  listener?(onConnection: (connection: AcceptedConnection) => void): MasterListener;
  /** So many runs of one worker in a row make a sequence worth lending; absent: as many as pay. */
  readonly lentAfter?: number;
  /** Names that a command on many of them goes on with before everybody else is served; absent: about 1 ms' worth. */
  readonly stepNames?: number;
  /** After so long a script is suspended; absent: 5 ms. */
  readonly sliceMs?: number;
  /** Ends this process. */
  exit(status: number): void;
  /** Reads the configuration anew (HUP); throws with a readable sentence. */
  reload(): Config;
  /** Reads the users of the configuration's file; absent: there are none. */
  users?(): readonly UserLine[];
}

export type MasterListener = Pick<Listener, 'open' | 'change' | 'close' | 'addresses'>;

/** The allocator's process: builds the parts, starts the children, and sees them through to the end. */
export class Master {
  readonly #options: MasterOptions;
  readonly #configuration: Reconfiguration;
  #phase: MasterPhase = 'loading';
  readonly #subscribers = new Subscribers(() => this.#sequences.log.settledLsn);
  readonly #users: Users;
  readonly #slowCommands: SlowCommands;
  readonly #executor: Executor;
  readonly #log = new ReservationLog();
  readonly #sequences: Sequences;
  readonly #allocator: Allocator;
  readonly #holds: Holds;
  readonly #expiry: Expiry;
  readonly #memory: MemoryLimit;
  readonly #keeper: LogKeeper;
  readonly #workers: Workers;
  readonly #heartbeat: Heartbeat;
  readonly #listener: MasterListener;
  readonly #facts: Facts;
  readonly #blocked = new BlockedClients();
  readonly #loading: Loading;
  readonly #startedMs = performance.now();

  constructor(options: MasterOptions) {
    const { config, messages, processes } = options;
    this.#options = options;
    const deal = (connection: AcceptedConnection) => this.#workers.deal(connection);
    this.#listener = options.listener?.(deal) ?? new Listener(deal);
    this.#configuration = new Reconfiguration(config, {
      listener: this.#listener,
      take: (before) => this.#reconfigured(before),
      warn: (text) => messages.warning(text),
      note: (text) => messages.notice(text),
    });
    this.#slowCommands = new SlowCommands(config);
    this.#loading = new Loading(this.#startedMs, (text) => messages.notice(text));
    this.#sequences = new Sequences(this.#log, config.databases);
    this.#allocator = new Allocator(this.#sequences, blockSettings(config), () => this.#tick());
    this.#memory = new MemoryLimit(this.#sequences, () => this.#workers.configure());
    this.#expiry = new Expiry(this.#sequences, () => {
      this.#endTurn();
      this.#workers.flush();
    });
    this.#keeper = new LogKeeper(this.#sequences, keeperSettings(config), {
      spawn: () => processes.writer(),
      onLoaded: () => this.#loaded(),
      onRefused: (reason) => this.#refuseStart(reason),
      onProgress: (done, total) => this.#loading.progress(done, total),
      onSettled: (lsn) => this.#workers.release(lsn),
      onFailing: (reason) => {
        this.#executor.many.failing(misconfiguration(reason));
        this.#executor.listings.failing(misconfiguration(reason));
      },
      onFailed: (reason) => this.#workers.refuse(misconfiguration(reason)),
      warn: (text) => messages.warning(text),
      note: (text) => messages.notice(text),
    });
    this.#users = new Users({
      config: () => this.#config,
      inform: (change) => this.#workers.changeUsers(change),
      denials: () => this.#workers.denials(),
      warn: (text) => messages.warning(text),
    });
    const keyspace = new KeyspaceView(
      this.#sequences,
      () => this.#allocator.settings,
      () => this.#tick(),
    );
    const holds = new Holds(this.#allocator, () => this.#tick(), options.lentAfter);
    this.#holds = holds;
    const { notifications } = this.#sequences;
    notifications.configure(config['notify-keyspace-events']);
    notifications.publisher = this.#subscribers;
    const control = this.#control();
    const executor = new Executor(
      this.#sequences,
      this.#allocator,
      holds,
      keyspace,
      control,
      this.#subscribers,
    );
    this.#executor = executor;
    executor.scripts.parts = {
      server: { config: this.#config, users: { default: { hasNoPassword: true } } },
      denial: (user, client, command, request) =>
        this.#users.denialOfScript(user, client, command, request),
      denialAtExec: (user, client, command, request) =>
        this.#users.denialAtExec(user, client, command, request),
      mayRun: (user, command, request) => this.#users.mayScriptRun(user, command, request),
      isOverMemory: () => this.#memory.isOver,
      show: (...shown) => this.#workers.show(...shown),
      slow: (slow) => this.#slowCommands.addOfScript(slow),
      log: (level, text) => {
        if (level === 'warning') messages.warning(text);
        else messages.notice(text);
      },
    };
    if (options.stepNames !== undefined) {
      executor.many.stepNames = options.stepNames;
      executor.listings.stepNames = options.stepNames;
    }
    if (options.sliceMs !== undefined) executor.scripts.sliceMs = options.sliceMs;
    this.#executor.slow = this.#slowCommands.wanted;
    executor.act.busyAfterMs = config['busy-reply-threshold'];
    this.#workers = new Workers(executor, holds, wantedWorkers(config), {
      spawn: (number) => processes.worker(number),
      config: () => ({ ...this.#config, workers: this.#workers.wanted }),
      tls: () => this.#configuration.tls,
      isLoading: () => this.#phase === 'loading',
      isOverMemory: () => this.#memory.isOver,
      onTurn: () => this.#endTurn(),
      onSlow: (report) => this.#slowCommands.add(report),
      onDenied: (denials) => this.#users.denied(denials),
      users: () => this.#users.everyone(),
      onLost: (link) => {
        this.#subscribers.forget(link);
        this.#sequences.watches.lost(link);
      },
      warn: (text) => messages.warning(text),
      note: (text) => messages.notice(text),
    });
    this.#heartbeat = new Heartbeat(
      () => this.#children(),
      config['heartbeat-timeout'],
      (child) => {
        messages.warning(`${child.role} ${child.pid} does not answer; killing it`);
        child.kill();
      },
      this.#workers,
    );
    this.#facts = new Facts(
      {
        sequences: this.#sequences,
        allocator: this.#allocator,
        executor,
        holds,
        keyspace,
        keeper: this.#keeper,
        workers: this.#workers,
        subscribers: this.#subscribers,
        memory: this.#memory,
        expiry: this.#expiry,
      },
      options.version,
      options.configFile,
    );
  }

  /** Binds the addresses, loads the log, and serves; rejects with one readable sentence when it can't listen. */
  async start(): Promise<void> {
    this.#users.begin(this.#options.users?.() ?? []);
    try {
      this.#configuration.begin();
      await this.#listener.open(listenerSettings(this.#config));
    } catch (error) {
      // What is open or ticking would keep the process alive, and with it the lock of the directory.
      this.#listener.close();
      this.#heartbeat.stop();
      throw error;
    }
    const shortage = descriptorShortage(this.#config.maxclients, this.#workers.wanted);
    if (shortage !== undefined) this.#options.messages.warning(shortage);
    this.#keeper.start();
    this.#workers.maintain();
    this.#heartbeat.start();
  }

  /** TERM, INT and SHUTDOWN: finishes what was received, writes the exact values, ends. */
  async stop(): Promise<void> {
    if (this.#phase === 'draining') return;
    const { messages } = this.#options;
    const wasLoading = this.#phase === 'loading';
    this.#phase = 'draining';
    messages.notice('stopping: no new connections, answering what was received');
    this.#listener.close();
    this.#blocked.close();
    const deadline = setTimeout(
      () => this.#workers.kill(),
      this.#config['shutdown-timeout'] * 1000,
    );
    await this.#workers.stop();
    clearTimeout(deadline);
    this.#expiry.stop();
    // Half of a script must not be written; the log has what was there before.
    if (this.#executor.act.isUnderWay) this.stopNow();
    else if (wasLoading) this.#end(0, 'stopped while loading; nothing was changed');
    else {
      // Of a worker that was killed a command may still be under way.
      this.#executor.many.finishNow();
      const deadlineMs = this.#config['shutdown-timeout'] * 1000;
      const failure = await writeExactState(this.#log, this.#keeper, deadlineMs);
      if (failure === '') this.#end(0, 'stopped; every value is written');
      else this.#end(1, failure);
    }
  }

  /** A second signal, or SHUTDOWN NOW: ends without waiting; what was reserved and not served becomes a gap. */
  stopNow(): void {
    this.#options.messages.warning(
      'stopping now: the reserved numbers that were not served are a gap',
    );
    this.#workers.kill();
    this.#keeper.child?.kill();
    this.#end(1, '');
  }

  /** HUP: takes over what may change while running, and names what needs a new start. */
  reload(): void {
    this.#configuration.reload(this.#options.reload, () =>
      this.#users.prepare(this.#options.users?.() ?? []),
    );
  }

  changeWorkers(by: number): void {
    if (this.#phase !== 'draining') this.#workers.change(by);
  }

  #control(): Control {
    const file = new ConfigurationFile(this.#options.configFile, (lines) =>
      this.#users.differencesTo(lines),
    );
    return new Control({
      config: () => this.#config,
      channels: this.#subscribers,
      users: this.#users,
      scripts: () => this.#executor.scripts,
      isBusy: () => this.#executor.act.isBusy,
      slowLog: this.#slowCommands.log,
      latency: this.#slowCommands.latency,
      facts: () => this.#facts.gather(this.#phase === 'loading'),
      clientLines: () => this.#workers.clientLines(),
      killClients: (filter) => this.#workers.killClients(filter),
      watchCommands: () => this.#workers.watchCommands(true),
      blocked: this.#blocked,
      pauseClients: (mode, forMs) => this.#workers.pauseClients(mode, forMs),
      setConfig: (pairs, done) => this.#configuration.set(pairs, done),
      rewriteConfig: () => file.rewrite(() => this.#config),
      compact: () => this.#keeper.compactions.start(),
      isCompacting: () => this.#keeper.compactions.isUnderWay,
      lastSaveSeconds: () => this.#keeper.compactions.lastSaveSeconds,
      resetStatistics: () => {
        this.#facts.reset();
        this.#workers.resetStatistics();
      },
      setActiveExpiry: (isActive) => {
        this.#expiry.isActive = isActive;
      },
      note: (text) => this.#options.messages.warning(text),
      stop: (isNow) => {
        if (isNow) this.stopNow();
        else this.stop().catch((error: unknown) => this.#broken(error));
      },
    });
  }

  get #config(): Config {
    return this.#configuration.config;
  }

  /** Every part takes over the configuration that is in force now; resolves when a changed password is the only one that is right. */
  #reconfigured(before: Config): Promise<void> | undefined {
    const config = this.#config;
    this.#allocator.settings = blockSettings(config);
    this.#keeper.configure(keeperSettings(config));
    this.#heartbeat.setTimeout(config['heartbeat-timeout']);
    this.#memory.set(config.maxmemory);
    this.#options.messages.level = config.loglevel;
    this.#slowCommands.configure(config);
    this.#executor.slow = this.#slowCommands.wanted;
    this.#executor.act.busyAfterMs = config['busy-reply-threshold'];
    if (config.workers !== before.workers) this.#workers.want(wantedWorkers(config));
    else this.#workers.configure();
    const ends = [
      this.#changeNotifications(config),
      config.requirepass === before.requirepass
        ? undefined
        : this.#users.changeDefaultPassword(config.requirepass),
    ].filter((end) => end !== undefined);
    return ends.length === 0 ? undefined : Promise.all(ends).then(() => {});
  }

  /** Takes that are told of are served here: what is lent comes back, and no more is lent. */
  #changeNotifications(config: Config): Promise<void> | undefined {
    const { notifications } = this.#sequences;
    notifications.configure(config['notify-keyspace-events']);
    const end = notifications.tellsTakes ? this.#holds.recallAll() : undefined;
    if (end !== undefined) this.#workers.flush();
    return end;
  }

  /** What the entries of this turn wrote goes to the writer together (rule 4). */
  #endTurn(): void {
    this.#log.flush();
    this.#memory.check();
  }

  #loaded(): void {
    this.#phase = 'serving';
    this.#memory.set(this.#config.maxmemory);
    this.#sequences.watches.loaded();
    this.#facts.loadedSequences = this.#sequences.databases.size;
    this.#expiry.start();
    this.#workers.configure();
    const { messages, version } = this.#options;
    const workers = this.#workers.wanted;
    messages.notice(
      `Sequement ${version} serves ${this.#listener.addresses.join(', ')}, data in ${this.#config.dir}, ` +
        `${this.#loading.finished(this.#sequences)}, ${workers} worker${workers === 1 ? '' : 's'}`,
    );
  }

  #refuseStart(reason: string): void {
    this.#workers.kill();
    this.#keeper.child?.kill();
    this.#end(1, reason);
  }

  #end(status: number, text: string): void {
    const { messages, exit } = this.#options;
    this.#heartbeat.stop();
    if (text !== '') {
      if (status === 0) messages.notice(text);
      else messages.warning(text);
    }
    exit(status);
  }

  #children() {
    const writer = this.#keeper.child;
    // The log's recovery reads in large steps; until it is loaded, only the writer's end counts.
    return this.#phase === 'loading' || writer === undefined
      ? this.#workers.children()
      : [...this.#workers.children(), writer];
  }

  /** Ticks since the start; never 0, which says that nothing was reserved yet. */
  #tick(): number {
    return (Math.floor((performance.now() - this.#startedMs) / TICK_MS) % 0xffffffff) + 1;
  }

  #broken(error: unknown): void {
    this.#options.messages.warning(`stopping failed: ${(error as Error).stack}`);
    this.#options.exit(1);
  }
}
