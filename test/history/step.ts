/** When a sequence is to expire: so long after the operation was executed, or at a time of the server's clock (ms since 1970). */
export type Expiry =
  | { readonly kind: 'in'; readonly ms: number }
  | { readonly kind: 'at'; readonly ms: number };

/** One act. What it answered is undefined where nobody looked, or nothing was answered. */
export type Step =
  /** Moves the value by `amount` (INCR, INCRBY, SEQ.NEXT COUNT, DECR); `value` is the one after it. */
  | { readonly kind: 'take'; readonly key: string; readonly amount: bigint; value?: bigint }
  /** null: there is none. */
  | { readonly kind: 'read'; readonly key: string; value?: bigint | null }
  | { readonly kind: 'exists'; readonly key: string; existed?: boolean }
  /** Ends what deadline there was, unless it `keeps` it; `expiry` is the new one. */
  | {
      readonly kind: 'write';
      readonly key: string;
      readonly value: bigint;
      readonly expiry?: Expiry | 'kept';
    }
  | { readonly kind: 'remove'; readonly key: string; existed?: boolean }
  /** EXPIRE and its like; without `expiry` PERSIST. `isSet`: whether it changed anything. */
  | { readonly kind: 'expire'; readonly key: string; readonly expiry?: Expiry; isSet?: boolean }
  /** PEXPIRETIME, or PTTL when it `isRelative`, in ms; -1: it never expires; -2: there is none. */
  | {
      readonly kind: 'deadline';
      readonly key: string;
      readonly isRelative: boolean;
      told?: bigint;
    }
  /** RENAME, COPY, MOVE; `isMoved`: whether there was one, and none in its way that it does not replace. */
  | {
      readonly kind: 'move';
      readonly key: string;
      readonly to: string;
      readonly isCopy: boolean;
      readonly replaces: boolean;
      isMoved?: boolean;
    }
  /** MSETNX, SET NX: all are created, or none when one of them is there. */
  | {
      readonly kind: 'create';
      readonly pairs: readonly (readonly [key: string, value: bigint])[];
      readonly expiry?: Expiry;
      isSet?: boolean;
    }
  /** SWAPDB: the two of each pair change places. */
  | { readonly kind: 'swap'; readonly pairs: readonly (readonly [string, string])[] }
  /** WATCH; the connection's first since the last EXEC, DISCARD or UNWATCH, or one more. */
  | { readonly kind: 'watch'; readonly keys: readonly string[]; readonly isFirst: boolean }
  /** UNWATCH, DISCARD: of these keys, all that the connection watches. */
  | { readonly kind: 'unwatch'; readonly keys: readonly string[] }
  /** Begins an EXEC whose connection watches these keys; when it is not met, none of the steps behind it takes effect. */
  | { readonly kind: 'guard'; readonly keys: readonly string[]; isMet?: boolean };

/** What a step answered: a value or a time, null for none, whether there was one or something was done. */
export type Answer = bigint | null | boolean | undefined;

/** The sequences that it sees or changes. */
export function keysOf(step: Step): readonly string[] {
  switch (step.kind) {
    case 'move':
      return [step.key, step.to];
    case 'create':
      return step.pairs.map(([key]) => key);
    case 'swap':
      return step.pairs.flat();
    case 'watch':
    case 'unwatch':
    case 'guard':
      return step.keys;
    default:
      return [step.key];
  }
}

/** It changes no sequence, whatever it answers. */
export function isLook(step: Step): boolean {
  return (
    step.kind === 'read' || step.kind === 'exists' || step.kind === 'deadline' || isOfWatch(step)
  );
}

type OfWatch = Extract<Step, { kind: 'watch' | 'unwatch' | 'guard' }>;

export function isOfWatch(step: Step): step is OfWatch {
  return step.kind === 'watch' || step.kind === 'unwatch' || step.kind === 'guard';
}

export function answer(step: Step, given: Answer): void {
  if (given === undefined) return;
  if (step.kind === 'take' && typeof given === 'bigint') step.value = given;
  else if (step.kind === 'read' && typeof given !== 'boolean') step.value = given;
  else if (step.kind === 'deadline' && typeof given === 'bigint') step.told = given;
  else if (typeof given !== 'boolean') wrong(step, given);
  else if (step.kind === 'remove' || step.kind === 'exists') step.existed = given;
  else if (step.kind === 'expire' || step.kind === 'create') step.isSet = given;
  else if (step.kind === 'move') step.isMoved = given;
  else if (step.kind === 'guard') step.isMet = given;
  else wrong(step, given);
}

function wrong({ kind }: Step, given: Answer): never {
  throw new Error(`a ${kind} was answered by ${String(given)}`);
}

export function showStep(step: Step): string {
  switch (step.kind) {
    case 'take':
      return `take ${step.key} ${step.amount > 0n ? '+' : ''}${step.amount}${told(step.value)}`;
    case 'read':
      return `read ${step.key}${told(step.value)}`;
    case 'exists':
      return `look for ${step.key}${told(step.existed)}`;
    case 'write':
      return `write ${step.key} ${step.value}${showExpiry(step.expiry)}`;
    case 'remove':
      return `remove ${step.key}${told(step.existed)}`;
    case 'expire': {
      const head = step.expiry === undefined ? 'persist' : 'expire';
      return `${head} ${step.key}${showExpiry(step.expiry)}${told(step.isSet)}`;
    }
    case 'deadline': {
      const head = step.isRelative ? 'time left of' : 'deadline of';
      return `${head} ${step.key}${told(step.told)}`;
    }
    case 'move': {
      const how = step.replaces ? '' : ' unless there';
      return `${step.isCopy ? 'copy' : 'move'} ${step.key} to ${step.to}${how}${told(step.isMoved)}`;
    }
    case 'create': {
      const pairs = step.pairs.map(([key, value]) => `${key} ${value}`);
      return `create ${pairs.join(', ')}${showExpiry(step.expiry)}${told(step.isSet)}`;
    }
    case 'swap':
      return `swap ${step.pairs.map((pair) => pair.join(' and ')).join(', ')}`;
    case 'watch':
      return `watch ${step.keys.join(', ')}`;
    case 'unwatch':
      return 'unwatch';
    case 'guard':
      return `if ${step.keys.join(', ')} did not change${told(step.isMet)}`;
  }
}

function told(answer: Answer): string {
  if (answer === undefined) return '';
  return ` = ${answer === null ? 'none' : answer}`;
}

function showExpiry(expiry: Expiry | 'kept' | undefined): string {
  if (expiry === undefined) return '';
  return expiry === 'kept' ? ' keeping its deadline' : ` ${expiry.kind} ${expiry.ms} ms`;
}
