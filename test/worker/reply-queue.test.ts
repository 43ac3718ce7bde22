import test from 'ava';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { ReplyQueue } from '#dist/worker/reply-queue.js';

class Owner {
  readonly replies = new ReplyQueue();
  readonly written = new ByteWriter(16);
  readonly owed: number[] = [];

  owe(tag: number): void {
    this.owed.push(tag);
  }

  output(): ByteWriter {
    return this.written;
  }

  get text(): string {
    return this.written.take().toString('latin1');
  }
}

function deliver(owner: Owner, place: ReturnType<ReplyQueue['push']>, text: string): void {
  const bytes = Buffer.from(`..${text}..`);
  owner.replies.deliver(place, bytes, 2, bytes.length - 2);
  bytes.fill(0);
}

test('a reply that is known at once goes out at once when nothing waits', (t) => {
  const owner = new Owner();
  owner.replies.immediate(owner).latin1('+PONG\r\n');
  t.is(owner.text, '+PONG\r\n');
  t.true(owner.replies.isEmpty);
});

test('replies keep request order when answers come back out of order', (t) => {
  const owner = new Owner();
  const first = owner.replies.push(owner, 1, 10);
  owner.replies.immediate(owner).latin1('+A\r\n');
  owner.replies.immediate(owner).latin1('+B\r\n');
  const second = owner.replies.push(owner, 1, 5);
  t.is(owner.replies.length, 3);
  t.is(owner.replies.cost, 15);
  deliver(owner, second, '+2\r\n');
  owner.replies.immediate(owner).latin1('+C\r\n');
  t.is(owner.text, '');
  deliver(owner, first, '+1\r\n');
  t.is(owner.text, '+1\r\n+A\r\n+B\r\n+2\r\n+C\r\n');
  t.true(owner.replies.isEmpty);
  t.is(owner.replies.length, 0);
  t.is(owner.replies.cost, 0);
});

test('a place whose first takes are answered is split, and the rest waits in its place', (t) => {
  const owner = new Owner();
  const place = owner.replies.push(owner, 5, 0);
  place.form = 'integer';
  const last = owner.replies.push(owner, 1, 0);
  deliver(owner, last, '+last\r\n');
  const rest = owner.replies.split(place, 2);
  t.is(rest.count, 3);
  place.state = 'run';
  place.first = 9;
  place.step = 1;
  owner.replies.advance();
  t.is(owner.text, ':9\r\n:10\r\n');
  rest.state = 'refusal';
  rest.text = 'ERR full';
  owner.replies.advance();
  t.is(owner.text, '-ERR full\r\n-ERR full\r\n-ERR full\r\n+last\r\n');
  t.is(owner.replies.length, 0);
});

test('the place behind a split one that was the last is the last', (t) => {
  const owner = new Owner();
  const place = owner.replies.push(owner, 2, 0);
  const rest = owner.replies.split(place, 1);
  t.is(owner.replies.last, rest);
});

test('each form of a take is written as its command answers it', (t) => {
  const forms = [
    ['integer', ':7\r\n:10\r\n'],
    ['line', '7\n10\n'],
    ['range', '*2\r\n:5\r\n:7\r\n*2\r\n:8\r\n:10\r\n'],
  ] as const;
  for (const [form, text] of forms) {
    const owner = new Owner();
    const place = owner.replies.push(owner, 2, 0);
    place.form = form;
    place.span = 3;
    place.first = 7;
    place.step = 3;
    place.state = 'run';
    owner.replies.advance();
    t.is(owner.text, text);
  }
});

test('a reply in pieces goes out as it comes, and nothing stands between its pieces', (t) => {
  const owner = new Owner();
  const place = owner.replies.push(owner, 1, 0);
  const piece = (text: string) => {
    const bytes = Buffer.from(`..${text}..`);
    owner.replies.deliverPiece(place, bytes, 2, bytes.length - 2);
    bytes.fill(0);
  };
  piece('*2\r\n$1\r\na');
  t.is(owner.text, '*2\r\n$1\r\na');
  owner.replies.unasked(owner).latin1('+line 1\r\n');
  owner.replies.unasked(owner).latin1('+line 2\r\n');
  t.is(owner.text, '');
  piece('\r\n$1');
  deliver(owner, place, '\r\nb\r\n');
  t.is(owner.text, '\r\n$1\r\nb\r\n+line 1\r\n+line 2\r\n');
  t.true(owner.replies.isEmpty);
});

test('a reply in pieces waits for those before it', (t) => {
  const owner = new Owner();
  const before = owner.replies.push(owner, 1, 0);
  const place = owner.replies.push(owner, 1, 0);
  const bytes = Buffer.from('*1\r\n$1\r\na\r\n');
  owner.replies.deliverPiece(place, bytes, 0, 4);
  owner.replies.deliverPiece(place, bytes, 4, 8);
  t.is(owner.text, '');
  deliver(owner, before, ':1\r\n');
  t.is(owner.text, ':1\r\n');
  owner.replies.deliver(place, bytes, 8, bytes.length);
  t.is(owner.text, '*1\r\n$1\r\na\r\n');
});
