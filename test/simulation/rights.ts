import RedisParser from 'redis-parser';
import { createConfig } from '#dist/config/config.js';
import { seeded } from '../store/memory-disk.js';
import { encode } from './command.js';
import { DIR, SimulatedDisk } from './disk.js';
import { Machine } from './machine.js';
import { SimulatedSocket } from './socket.js';
import { startVirtualTime } from './virtual-time.js';
import { World } from './world.js';

const NETWORK_MS = 0.1;
const TAKERS = 6;
const DEPTH = 4;
const ROUNDS = 12;
const HAPPENINGS = 200_000;

class Lost extends Error {}

/** A connection that is asked one thing after the other, or several at once. */
class Talk {
  readonly #socket: SimulatedSocket;
  readonly #waiting: ((reply: unknown) => void)[] = [];
  isLost = false;

  private constructor(socket: SimulatedSocket) {
    this.#socket = socket;
    const parser = new RedisParser({
      returnReply: (reply: unknown) => this.#waiting.shift()?.(reply),
      returnError: (error: Error) => this.#waiting.shift()?.(error),
    });
    socket.on('data', (chunk: Buffer) => parser.execute(Buffer.from(chunk)));
    socket.on('end', () => this.#lost());
    socket.on('error', () => this.#lost());
    socket.resume();
  }

  /** Undefined when nobody listens. */
  static open(world: World, machine: Machine): Talk | undefined {
    const { outside } = world;
    const [ours, theirs] = SimulatedSocket.pair(world, outside, outside, true, NETWORK_MS);
    return machine.connect(theirs) ? new Talk(ours) : undefined;
  }

  /** The reply, an Error of the server among them; rejects when the connection is lost before it. */
  say(...words: string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.isLost) {
        reject(new Lost());
        return;
      }
      this.#waiting.push((reply) => (reply instanceof Lost ? reject(reply) : resolve(reply)));
      this.#socket.write(encode(words));
    });
  }

  #lost(): void {
    this.isLost = true;
    for (const tell of this.#waiting.splice(0)) tell(new Lost());
  }
}

/**
 * Users take from a sequence without a pause, over all workers, while an administrator takes their right to it away and gives it back; workers
 * are frozen and killed meanwhile. What breaks the rule that nothing runs by rights whose end was told.
 */
export async function playRights(seed: number): Promise<string[]> {
  const world = new World(seeded(seed));
  const stopTime = startVirtualTime(world);
  try {
    return await new Play(world).run();
  } finally {
    stopTime();
  }
}

class Play {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #problems: string[] = [];
  #isOver = false;

  constructor(world: World) {
    this.#world = world;
    const flags = { dir: DIR, workers: 3, 'heartbeat-timeout': 1000 };
    const config = createConfig(
      undefined,
      Object.entries(flags).map(([name, value]) => [name, [String(value)]] as const),
    );
    const disk = new SimulatedDisk(world);
    this.#machine = new Machine(
      world,
      disk,
      config,
      () => {},
      () => {},
    );
  }

  async run(): Promise<string[]> {
    void this.#administrate();
    this.#disturb();
    while (!this.#isOver && this.#world.happenings < HAPPENINGS) await this.#world.step();
    if (!this.#isOver) this.#problems.push('it comes to no end');
    return [...this.#problems, ...this.#world.failures];
  }

  #pause(typicalMs: number): Promise<void> {
    const { outside } = this.#world;
    return new Promise((resolve) => {
      this.#world.schedule(outside, this.#world.delay(typicalMs), resolve);
    });
  }

  async #connect(): Promise<Talk> {
    for (;;) {
      const talk = Talk.open(this.#world, this.#machine);
      if (talk !== undefined && (await answers(talk))) return talk;
      await this.#pause(2);
    }
  }

  async #administrate(): Promise<void> {
    const rules = ['on', 'nopass', '~*', '+incr'];
    let admin = await this.#connect();
    for (let round = -1; round < ROUNDS; round++) {
      try {
        if (round < 0) {
          await admin.say('ACL', 'SETUSER', 'taker', ...rules);
          for (let i = 0; i < TAKERS; i++) void this.#take();
        } else await this.#takeAway(admin);
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        admin = await this.#connect();
        round--;
      }
    }
    this.#isOver = true;
  }

  async #takeAway(admin: Talk): Promise<void> {
    await admin.say('ACL', 'SETUSER', 'taker', '-incr');
    const then = await admin.say('GET', 'a');
    await this.#pause(1);
    const later = await admin.say('GET', 'a');
    if (String(then) !== String(later)) {
      this.#problems.push(`taken by rights that were gone: ${then}, then ${later}`);
    }
    await admin.say('ACL', 'SETUSER', 'taker', '+incr');
    await this.#pause(3);
  }

  /** A user takes as fast as it is answered, over one connection after the other. */
  async #take(): Promise<void> {
    while (!this.#isOver) {
      const talk = await this.#connect();
      try {
        await talk.say('AUTH', 'taker', 'x');
        const takeOn = async () => {
          while (!this.#isOver) await talk.say('INCR', 'a');
        };
        await Promise.all(Array.from({ length: DEPTH }, takeOn));
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
      }
    }
  }

  /** Now and then a worker stands still, or is gone. */
  #disturb(): void {
    const world = this.#world;
    world.schedule(world.outside, world.delay(20), () => {
      if (this.#isOver) return;
      const hosts = this.#machine.hosts('worker');
      if (hosts.length > 0) {
        const host = world.oneOf(hosts);
        if (world.chance(0.1)) this.#machine.kill(host);
        else {
          world.freeze(host);
          world.schedule(world.outside, world.delay(5), () => world.thaw(host));
        }
      }
      this.#disturb();
    });
  }
}

async function answers(talk: Talk): Promise<boolean> {
  try {
    return !((await talk.say('DBSIZE')) instanceof Error);
  } catch {
    return false;
  }
}
