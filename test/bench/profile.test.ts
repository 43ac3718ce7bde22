import test from 'ava';
import { cpuTree, type Frame, heapTree, topOf } from '../../bench/call-tree.js';
import { flameGraph } from '../../bench/flame-graph.js';
import { isWellFormed } from './well-formed.js';

const call = (functionName: string, url = '', lineNumber = -1) => ({
  functionName,
  url,
  lineNumber,
});

test('time belongs to what ran, its callers included, and being idle is none', (t) => {
  const own = call('own', 'file:///x/dist/worker/a.js', 11);
  const tree = cpuTree({
    nodes: [
      { id: 1, callFrame: call('(root)'), children: [2, 3, 5] },
      { id: 2, callFrame: own, children: [4] },
      { id: 3, callFrame: call('(idle)') },
      { id: 4, callFrame: call('', 'node:net', 7) },
      // The same function once more, as V8 lists it when it was optimized meanwhile.
      { id: 5, callFrame: own },
    ],
    samples: [2, 4, 3, 5, 2],
    timeDeltas: [0, 10, 20, 1000, 5],
  });
  t.is(tree.value, 35);
  t.is(tree.children.length, 1);
  const [only] = tree.children;
  t.like(only, { name: 'own', place: 'dist/worker/a.js:12', self: 15, value: 35 });
  t.like(only?.children[0], { name: '(anonymous)', place: 'node:net', self: 20 });
  t.deepEqual(topOf(tree), [
    { name: '(anonymous)', place: 'node:net', self: 20 },
    { name: 'own', place: 'dist/worker/a.js:12', self: 15 },
  ]);
});

test('bytes are summed up as time is', (t) => {
  const leaf = { callFrame: call('leaf'), selfSize: 8, children: [] };
  const tree = heapTree({
    head: { callFrame: call('(root)'), selfSize: 0, children: [leaf, { ...leaf, selfSize: 2 }] },
  });
  t.is(tree.value, 10);
  t.deepEqual(topOf(tree), [{ name: 'leaf', place: '', self: 10 }]);
});

test('a flame graph is as wide as its root, and each frame lies below its caller', (t) => {
  const frame = (name: string, value: number, children: Frame[] = []): Frame => ({
    ...{ name, value, children, place: '' },
    self: 0,
  });
  const root = frame('all', 100, [frame('a<b>', 75, [frame('c', 25)]), frame('tiny', 0.001)]);
  const page = flameGraph('t', root, (value) => `${value} "ms"`, 1000);
  t.true(isWellFormed(page));
  const boxes = [...page.matchAll(/<rect class="f3"[^>]* y="([\d.]+)" width="([\d.]+)"/g)];
  t.deepEqual(
    boxes.map(([, , width]) => Math.round(Number(width) + 0.5)),
    [1000, 750, 250],
  );
  const tops = boxes.map(([, y]) => Number(y));
  t.deepEqual(
    tops,
    tops.toSorted((a, b) => a - b),
  );
  t.is(new Set(tops).size, 3);
  t.true(page.includes('a&#60;b&#62;'));
});
