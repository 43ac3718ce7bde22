import test from 'ava';
import { EventClass } from '#dist/config/event-classes.js';
import { HeldReplies } from '#dist/master/held-replies.js';
import { Notifications } from '#dist/master/notifications.js';
import { Subscribers } from '#dist/master/subscribers.js';
import { FrameWriter } from '#dist/protocol/frame.js';
import { PartReader, PartType } from '#dist/protocol/take-message.js';

const NAME = Buffer.from('name');
const EVERYTHING = EventClass.keyevent | EventClass.string | EventClass.generic;

/** A worker whose only client is subscribed to all events. */
function setUp() {
  const log = { settledLsn: 0 };
  const notifications = new Notifications(() => log.settledLsn);
  notifications.configure(EVERYTHING);
  const subscribers = new Subscribers();
  notifications.publisher = subscribers;
  const worker = { out: new FrameWriter(), held: new HeldReplies(), open: () => {} };
  const words = ['psubscribe', '__key*'];
  const request = { count: 2, bytes: Buffer.alloc(0), starts: [], ends: [] };
  const text = (index: number) => words[index] as string;
  subscribers.change(worker, { kind: 'pattern', isLeaving: false }, { ...request, text });
  const tell = (event: 'set' | 'del' | 'incrby' | 'expire', lsn: number) =>
    notifications.tell(event, 0, NAME, 0, NAME.length, lsn);
  const settle = (lsn: number) => {
    log.settledLsn = lsn;
    worker.held.release(lsn, worker.out);
  };
  return { notifications, worker, tell, settle };
}

/** What was sent since the last time: events, and the tags of replies. */
function sent(out: FrameWriter): (string | number)[] {
  const bytes = out.take();
  const part = new PartReader();
  part.begin(bytes, 0, bytes.length);
  const told: (string | number)[] = [];
  while (part.next()) {
    if (part.type !== PartType.message) told.push(part.tag);
    else told.push(bytes.toString('latin1', part.start, part.end).replace(/^.*__:|name$/gs, ''));
  }
  return told;
}

test('an event is told when its change is durable', (t) => {
  const { worker, tell, settle } = setUp();
  tell('set', 1);
  t.deepEqual(sent(worker.out), []);
  settle(1);
  t.deepEqual(sent(worker.out), ['set']);
  tell('del', 1);
  t.deepEqual(sent(worker.out), ['del']);
});

test('an event whose change is durable waits for those before it', (t) => {
  const { worker, tell, settle } = setUp();
  tell('set', 2);
  tell('incrby', 0);
  tell('del', 1);
  settle(1);
  t.deepEqual(sent(worker.out), []);
  settle(2);
  t.deepEqual(sent(worker.out), ['set', 'incrby', 'del']);
});

test('an event stands among the replies where it stood among the commands', (t) => {
  const { worker, tell, settle } = setUp();
  worker.held.reply(1, 7, Buffer.from('+OK\r\n'));
  tell('set', 2);
  worker.held.reply(2, 8, Buffer.from('+OK\r\n'));
  settle(2);
  t.deepEqual(sent(worker.out), [7, 'set', 8]);
});

test('what is taken back was no event; what was durable is told', (t) => {
  const { worker, tell } = setUp();
  tell('set', 2);
  tell('incrby', 0);
  worker.held.refuse('MISCONF', worker.out);
  t.deepEqual(sent(worker.out), ['incrby']);
});

test('who subscribes after a change is not told of it', (t) => {
  const { notifications, worker, tell, settle } = setUp();
  notifications.publisher = new Subscribers();
  tell('set', 1);
  settle(1);
  t.deepEqual(sent(worker.out), []);
});

test('only the classes that are asked for are told, and none without a way out', (t) => {
  const { notifications, worker, tell } = setUp();
  notifications.configure(EventClass.keyspace | EventClass.generic);
  t.false(notifications.tellsTakes);
  tell('set', 0);
  t.deepEqual(sent(worker.out), []);
  tell('expire', 0);
  t.is(sent(worker.out).length, 1);
  notifications.configure(EVERYTHING & ~EventClass.keyevent);
  t.false(notifications.isOn);
  t.false(notifications.tellsTakes);
  tell('expire', 0);
  t.deepEqual(sent(worker.out), []);
});
