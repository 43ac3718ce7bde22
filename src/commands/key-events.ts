import { EventClass } from '../config/event-classes.js';

/** What is told of a name (notify-keyspace-events), and the class that it belongs to. */
export const keyEvents = {
  set: EventClass.string,
  incrby: EventClass.string,
  incrbyfloat: EventClass.string,
  del: EventClass.generic,
  expire: EventClass.generic,
  persist: EventClass.generic,
  rename_from: EventClass.generic,
  rename_to: EventClass.generic,
  move_from: EventClass.generic,
  move_to: EventClass.generic,
  copy_to: EventClass.generic,
  expired: EventClass.expired,
  keymiss: EventClass.miss,
  new: EventClass.created,
} as const;

export type KeyEvent = keyof typeof keyEvents;
