import { readdirSync, readFileSync } from 'node:fs';
import type { FuzzInput } from './mutation.js';

/** Something that reads bytes it can't trust. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs to start from: real ones, and those that were trouble once. */
  readonly corpus: readonly Buffer[];
  /** Throws, or rejects, when the input does what none may do. */
  check(input: FuzzInput): void | Promise<void>;
}

const FIXTURES = new URL('../../../test/fixtures/fuzz/', import.meta.url);

/** The files of one folder of the corpus, by name. */
export function corpusOf(folder: string): Buffer[] {
  const files = readdirSync(new URL(`${folder}/`, FIXTURES)).sort();
  return files.map((file) => readFileSync(new URL(`${folder}/${file}`, FIXTURES)));
}

/** An input has done what none may do: never taken for an error of the thing under test. */
export class Violation extends Error {}

export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Violation(`not so: ${what}`);
}

/** Bytes of the buffers that are made meanwhile. */
export function roomDuring(act: () => void): number {
  const { allocUnsafeSlow } = Buffer;
  let room = 0;
  Buffer.allocUnsafeSlow = (size) => {
    room += size;
    // What would be too much need not be had.
    return allocUnsafeSlow(Math.min(size, 64 << 20));
  };
  try {
    act();
  } finally {
    Buffer.allocUnsafeSlow = allocUnsafeSlow;
  }
  return room;
}
