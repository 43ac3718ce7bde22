import test from 'ava';
import { Watches } from '#dist/master/watches.js';

/** Names are there, or there and over, in two databases. */
class Bench {
  readonly there = new Map<string, 'live' | 'over'>();
  readonly told: number[] = [];
  readonly watches = new Watches({
    has: (database, name) => this.there.has(`${database}/${name}`),
    isOver: (database, name) => this.there.get(`${database}/${name}`) === 'over',
    nowMs: () => 1,
  });
  readonly worker = { touched: (client: number) => this.told.push(client) };

  watch(client: number, database: number, ...names: string[]): void {
    for (const name of names) this.watches.watch(this.worker, client, database, name);
  }

  set(place: string, state: 'live' | 'over' | 'absent'): void {
    if (state === 'absent') this.there.delete(place);
    else this.there.set(place, state);
    const [database = '', name = ''] = place.split('/');
    this.watches.touch(Number(database), name);
  }
}

test('a change touches those who watch the name in its database, once, and nothing is kept of them', (t) => {
  const bench = new Bench();
  bench.watch(1, 0, 'x', 'y', 'x');
  bench.watch(2, 0, 'x');
  bench.watch(3, 1, 'x');
  t.is(bench.watches.size, 4);
  bench.set('0/x', 'live');
  bench.set('0/x', 'absent');
  bench.set('0/y', 'live');
  t.deepEqual(bench.told, [1, 2]);
  t.deepEqual(
    [1, 2, 3, 4].map((id) => bench.watches.stateOf(id)),
    ['touched', 'touched', 'unchanged', 'unchanged'],
  );
  t.is(bench.watches.size, 1);
  bench.watch(1, 0, 'z');
  t.is(bench.watches.size, 1, 'who has lost already needs to watch nothing more');
  bench.watches.forget(1);
  t.is(bench.watches.stateOf(1), 'unchanged');
  bench.watches.lost(bench.worker);
  t.is(bench.watches.size, 0);
  t.false(bench.watches.isWatched(1, 'x'));
});

test('the time of a watched name may come; that of one which was over before is no change', (t) => {
  const bench = new Bench();
  bench.there.set('0/x', 'live').set('0/old', 'over');
  bench.watch(1, 0, 'x');
  bench.watch(2, 0, 'old');
  bench.there.set('0/x', 'over');
  t.is(bench.watches.stateOf(1), 'over');
  t.is(bench.watches.stateOf(2), 'unchanged');
  bench.set('0/old', 'absent');
  t.is(bench.watches.stateOf(2), 'unchanged');
  bench.set('0/old', 'live');
  t.is(bench.watches.stateOf(2), 'touched');
});

test('a flush touches what was there', (t) => {
  const bench = new Bench();
  bench.there.set('0/x', 'live').set('0/old', 'over').set('1/z', 'live');
  bench.watch(1, 0, 'x');
  bench.watch(2, 0, 'old', 'nothing');
  bench.watch(3, 1, 'z');
  bench.watches.flushed(0);
  t.deepEqual(bench.told, [1]);
});

test('an exchange of databases touches what is in either of them, unless it is over', (t) => {
  const bench = new Bench();
  bench.there.set('0/here', 'live').set('1/there', 'live').set('1/over', 'over');
  bench.there.set('0/old', 'over').set('1/old', 'over').set('0/gone', 'over');
  bench.watch(1, 0, 'here');
  bench.watch(2, 0, 'there');
  bench.watch(3, 0, 'over');
  bench.watch(4, 0, 'old');
  bench.watch(5, 0, 'gone');
  bench.watch(6, 0, 'nothing');
  bench.watch(7, 1, 'here');
  bench.watches.swapped(0, 1);
  bench.watches.swapped(1, 0);
  t.deepEqual(bench.told, [1, 2, 7]);
  bench.watches.takenBack();
  t.deepEqual(bench.told, [1, 2, 7, 3, 4, 5, 6]);
  t.is(bench.watches.stateOf(1), 'doubtful');
  t.is(bench.watches.stateOf(3), 'doubtful');
});

test('what is watched while the log is loaded may have been over already', (t) => {
  const bench = new Bench();
  bench.watch(1, 0, 'x');
  bench.watch(2, 0, 'y');
  bench.there.set('0/x', 'over');
  bench.there.set('0/y', 'live');
  bench.watches.loaded();
  t.is(bench.watches.stateOf(1), 'unchanged');
  bench.set('0/x', 'absent');
  t.is(bench.watches.stateOf(1), 'unchanged');
  bench.set('0/y', 'over');
  t.is(bench.watches.stateOf(2), 'touched');
});
