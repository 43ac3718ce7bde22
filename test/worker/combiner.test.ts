import test from 'ava';
import { FRAME_HEADER } from '#dist/protocol/frame.js';
import { EntryReader, EntryType } from '#dist/protocol/take-message.js';
import { Combiner } from '#dist/worker/combiner.js';

function take(combiner: Combiner, name: string, amount = 1, database = 0) {
  const bytes = Buffer.from(name);
  return combiner.take(database, amount, true, bytes, 0, bytes.length);
}

/** A command with one key, or with two. */
function command(combiner: Combiner, ...keys: string[]) {
  const words = ['CMD', ...keys];
  const bytes = Buffer.from(words.join(''));
  const ends = words.map((_, i) => words.slice(0, i + 1).join('').length);
  const starts = ends.map((end, i) => end - (words[i] as string).length);
  return combiner.command(0, 2, 9, bytes, words.length, starts, ends, keys.length === 1);
}

/** Ends the turn; its entries as readable words. */
function send(combiner: Combiner): string {
  const bytes = Buffer.from(combiner.end());
  const reader = new EntryReader();
  reader.begin(bytes, FRAME_HEADER, bytes.length);
  const words: string[] = [];
  while (reader.next()) {
    if (reader.type === EntryType.command) words.push(`cmd(${reader.text(1)})`);
    else {
      const name = bytes.toString('latin1', reader.nameStart, reader.nameEnd);
      words.push(`${name}/${reader.database}+${reader.amount}x${reader.takes}`);
    }
  }
  return words.join(' ');
}

test('takes of one sequence and amount join, others begin a run of their own', (t) => {
  const combiner = new Combiner();
  for (const name of ['a', 'b', 'a', 'a', 'b', 'ab']) take(combiner, name);
  take(combiner, 'a', 1, 3);
  take(combiner, 'a', 2);
  take(combiner, 'a');
  t.is(send(combiner), 'a/0+1x3 b/0+1x2 ab/0+1x1 a/3+1x1 a/0+2x1 a/0+1x1');
});

test('a command ends the run of its sequence, and one with many keys ends them all', (t) => {
  const combiner = new Combiner();
  take(combiner, 'a');
  take(combiner, 'b');
  command(combiner, 'a');
  take(combiner, 'a');
  take(combiner, 'b');
  command(combiner, 'x', 'y');
  take(combiner, 'a');
  take(combiner, 'b');
  t.is(send(combiner), 'a/0+1x1 b/0+1x2 cmd(a) a/0+1x1 cmd(x) a/0+1x1 b/0+1x1');
});

test('a command ends the run of its sequence in a crowd of names, too', (t) => {
  const combiner = new Combiner();
  for (let i = 0; i < 9000; i++) {
    const before = take(combiner, `name-${i}`);
    command(combiner, `name-${i}`);
    if (take(combiner, `name-${i}`) === before) t.fail(`name-${i} joined across a command`);
  }
  t.pass();
});

test('a take in units does not join one that is not', (t) => {
  const combiner = new Combiner();
  const name = Buffer.from('a');
  t.not(combiner.take(0, 1, true, name, 0, 1), combiner.take(0, 1, false, name, 0, 1));
});

test('nothing joins a run of an earlier turn', (t) => {
  const combiner = new Combiner();
  const first = take(combiner, 'a');
  t.is(send(combiner), 'a/0+1x1');
  t.true(combiner.isEmpty);
  t.not(take(combiner, 'a'), first);
  t.is(send(combiner), 'a/0+1x1');
  // The frames are used again, with what an earlier turn left in them.
  for (let turn = 0; turn < 6; turn++) {
    combiner.answered();
    take(combiner, 'a');
    t.is(send(combiner), 'a/0+1x1');
  }
});

test('a tag is used again only when its answer has come', (t) => {
  const combiner = new Combiner();
  const first = take(combiner, 'a');
  send(combiner);
  const second = take(combiner, 'a');
  t.not(second.tag, first.tag);
  send(combiner);
  combiner.finish(first);
  t.is(take(combiner, 'a').tag, first.tag);
  t.throws(() => combiner.entry(99), { message: /tag 99/ });
});
