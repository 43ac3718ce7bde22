import type { Ailment, SimulatedDisk } from './disk.js';
import type { Machine, Role } from './machine.js';
import type { World } from './world.js';

/** By which the wall clock is set forth or back. */
const CLOCK_STEPS_MS = [10, 100, 2000, 86_400_000];

/** What goes wrong, and when: picked at random, more of it in some runs than in others. */
export class Faults {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #disk: SimulatedDisk;
  readonly #limit: number;
  readonly #everyMs: number;
  #isStopped = false;
  count = 0;

  constructor(world: World, machine: Machine, disk: SimulatedDisk, limit: number) {
    this.#world = world;
    this.#machine = machine;
    this.#disk = disk;
    this.#limit = limit;
    this.#everyMs = world.oneOf([5, 20, 60, Infinity]);
    if (this.#everyMs < Infinity) this.#next();
  }

  /** No more of it: what is frozen goes on, and the disk is well. */
  stop(): void {
    this.#isStopped = true;
    for (const host of this.#machine.hosts()) this.#world.thaw(host);
    this.#disk.ailment = 'none';
  }

  #next(): void {
    const world = this.#world;
    world.schedule(world.outside, world.random() * 2 * this.#everyMs, () => {
      if (this.#isStopped) return;
      const kind = world.pick(100);
      const number = world.random();
      if (this.count < this.#limit) this.#strike(kind, number);
      this.count++;
      this.#next();
    });
  }

  #strike(kind: number, number: number): void {
    if (kind < 8) this.#machine.cutPower();
    else if (kind < 20) this.#trap(number);
    else if (kind < 32) this.#kill('worker', number);
    else if (kind < 46) this.#kill('writer', number);
    else if (kind < 54) this.#kill('master', number);
    else if (kind < 72) this.#freeze(number);
    else if (kind < 90) this.#sicken(number);
    else if (kind < 95) this.#machine.stop();
    else this.#setClock(number);
  }

  #setClock(number: number): void {
    const ms = this.#world.oneOf(CLOCK_STEPS_MS);
    this.#world.setClock(this.#world.wallOffsetMs + (number < 0.5 ? -ms : ms));
  }

  /** The power fails, or the writer dies, right behind some step that it makes on the disk. */
  #trap(number: number): void {
    const kinds = ['write', 'write', 'datasync', 'create', 'rename', 'truncate'] as const;
    const kind = kinds[Math.floor(number * kinds.length)] as (typeof kinds)[number];
    const isPowerCut = this.#world.chance(0.7);
    this.#disk.trap(kind, () => {
      if (this.#isStopped) return;
      if (isPowerCut) this.#machine.cutPower();
      else this.#kill('writer', 0);
    });
  }

  #kill(role: Role, number: number): void {
    const hosts = this.#machine.hosts(role);
    const host = hosts[Math.floor(number * hosts.length)];
    if (host !== undefined) this.#machine.kill(host);
  }

  /** For a moment, or until the heartbeat finds it. */
  #freeze(number: number): void {
    const world = this.#world;
    const hosts = this.#machine.hosts();
    const host = hosts[Math.floor(number * hosts.length)];
    if (host === undefined) return;
    world.freeze(host);
    const lastsMs = world.oneOf([2, 20, 3000]);
    world.schedule(world.outside, lastsMs, () => world.thaw(host));
  }

  #sicken(number: number): void {
    const world = this.#world;
    const ailments: readonly Ailment[] = ['full', 'failing', 'slow'];
    const ailment = ailments[Math.floor(number * ailments.length)] as Ailment;
    this.#disk.ailment = ailment;
    world.note(`the disk is ${ailment}`);
    world.schedule(world.outside, world.random() * world.oneOf([2, 20, 200]), () => {
      this.#disk.ailment = 'none';
      world.note('the disk is well');
    });
  }
}
