import test from 'ava';
import { HOT } from '#dist/load/keys.js';
import { randomFrom } from '#dist/load/random.js';
import { Requests } from '#dist/load/requests.js';
import { describeVerbs, parseVerbs, problemOfVerifying, requestOf } from '#dist/load/verbs.js';

test('a mix of verbs is read as it is written', (t) => {
  for (const text of ['incr', 'incr:9,get:1', 'seq.next']) {
    const verbs = parseVerbs(text);
    t.is(verbs && describeVerbs(verbs), text);
  }
  for (const text of ['', 'incr,', 'hset', 'incr:0', 'incr:x']) t.is(parseVerbs(text), undefined);
});

test('a request is an array of bulk strings, counted in bytes', (t) => {
  t.is(requestOf('incrby', 'é', 12).toString(), '*3\r\n$6\r\nINCRBY\r\n$2\r\né\r\n$2\r\n12\r\n');
  t.is(requestOf('ping', 'a', 1).toString(), '*1\r\n$4\r\nPING\r\n');
});

test('what lowers a sequence, or takes nothing, is not verified', (t) => {
  const verbs = (text: string) => parseVerbs(text) ?? [];
  t.is(problemOfVerifying(verbs('incr,get,seq.next')), undefined);
  t.regex(problemOfVerifying(verbs('incr,decr')) ?? '', /^decr/);
  t.regex(problemOfVerifying(verbs('get,ping')) ?? '', /takes/);
});

test('commands are written as they were chosen', (t) => {
  const verbs = parseVerbs('incr:3,get:1,ping:1') ?? [];
  const keys = { distribution: 'uniform', count: 1000, exponent: 0 } as const;
  const requests = new Requests(verbs, keys, 'k', 1, randomFrom(3));
  const expected: Buffer[] = [];
  const names = new Set<string>();
  const bytes = requests.write(500, ({ verb, key }) => {
    const name = verbs[verb]?.name ?? 'set';
    names.add(name);
    expected.push(requestOf(name, `k:${String(key + 1).padStart(12, '0')}`, 1));
  });
  t.is(bytes.toString(), Buffer.concat(expected).toString());
  t.is(names.size, 3);
});

test('a single request is repeated', (t) => {
  const requests = new Requests(parseVerbs('incr') ?? [], HOT, 'a', 1, randomFrom(1));
  let chosen = 0;
  for (const count of [1, 5, 2]) {
    const bytes = requests.write(count, () => chosen++);
    t.is(bytes.toString(), requestOf('incr', 'a', 1).toString().repeat(count));
  }
  t.is(chosen, 8);
});
