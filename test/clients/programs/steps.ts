import { env } from 'node:process';

/** Where the program finds the servers. */
export const HOST = '127.0.0.1';
export const PORT = Number(env.MATRIX_PORT);
export const LOCKED_PORT = Number(env.MATRIX_LOCKED_PORT);
export const TLS_PORT = Number(env.MATRIX_TLS_PORT);
export const SOCKET = env.MATRIX_SOCKET ?? '';
export const CA_FILE = env.MATRIX_CA ?? '';
/** The name of the library that the program plays with, where it can play with more than one. */
export const MODULE = env.MATRIX_MODULE ?? '';

/** What a step answers: a line of the transcript. */
export type Step = () => Promise<readonly unknown[]>;

/** Plays the steps that the arguments name. The process ends itself, since a client may keep its connection. */
export async function play(steps: Readonly<Record<string, Step>>): Promise<void> {
  for (const name of process.argv.slice(2)) {
    const step = steps[name];
    if (step === undefined) throw new Error(`no step ${name}`);
    console.log([name, ...(await step()).map(show)].join(' '));
  }
  process.exit();
}

/** The value, or what the client says in place of it. */
export async function failure(act: () => unknown): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    return String(error).replaceAll('\n', ' ').trim();
  }
}

export function numbered(prefix: string, count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}:${i}`, String(i)]));
}

/** Whether they are 1, 2, 3, … */
export function isCounted(taken: readonly unknown[]): boolean {
  return taken.every((each, i) => each === i + 1);
}

export function isBetween(low: number, value: number, high: number): boolean {
  return low < value && value <= high;
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'boolean') return value ? '1' : '0';
  return Array.isArray(value) ? value.map(show).join(',') : String(value);
}
