/** One function, called as its place in the tree says. */
export interface Frame {
  readonly name: string;
  /** The file, as far as it tells something: `worker/dispatcher.js:12`, `node:net`, or empty for what is not JavaScript. */
  readonly place: string;
  /** Of itself and all that it called: microseconds or bytes. */
  value: number;
  /** Of itself alone. */
  self: number;
  readonly children: Frame[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** V8's CPU profile, as far as it is used. */
export interface CpuProfile {
  readonly nodes: readonly { id: number; callFrame: CallFrame; children?: readonly number[] }[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** V8's sampling heap profile, as far as it is used. */
export interface HeapProfile {
  readonly head: HeapNode;
}

const IDLE = '(idle)';

/** Microseconds by function, without those in which the process had nothing to do. */
export function cpuTree({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Frame {
  const selfOf = new Map<number, number>();
  for (const [at, id] of samples.entries()) {
    // A delta is the time since the sample before; it belongs to what ran then.
    const spent = Math.max(0, timeDeltas[at + 1] ?? 0);
    selfOf.set(id, (selfOf.get(id) ?? 0) + spent);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frameOf = (id: number): Frame => {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === IDLE) return frame(NOBODY, 0, []);
    return frame(node.callFrame, selfOf.get(id) ?? 0, (node.children ?? []).map(frameOf));
  };
  return frameOf(nodes[0]?.id ?? 0);
}

/** Bytes allocated by function. */
export function heapTree({ head }: HeapProfile): Frame {
  const frameOf = (node: HeapNode): Frame =>
    frame(node.callFrame, node.selfSize, node.children.map(frameOf));
  return frameOf(head);
}

/** What each function took itself, wherever it was called from, most first. */
export function topOf(root: Frame): { name: string; place: string; self: number }[] {
  const sums = new Map<string, { name: string; place: string; self: number }>();
  const visit = ({ name, place, self, children }: Frame) => {
    const key = `${name} ${place}`;
    const sum = sums.get(key) ?? { name, place, self: 0 };
    sum.self += self;
    sums.set(key, sum);
    for (const child of children) visit(child);
  };
  visit(root);
  return [...sums.values()].filter(({ self }) => self > 0).sort((a, b) => b.self - a.self);
}

const NOBODY: CallFrame = { functionName: IDLE, url: '', lineNumber: -1 };

/** Calls of the same function from one place are one frame. */
function frame(call: CallFrame, self: number, children: readonly Frame[]): Frame {
  const merged = new Map<string, Frame>();
  for (const child of children) {
    if (child.value === 0) continue;
    const key = `${child.name} ${child.place}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? child : together(known, child));
  }
  const kept = [...merged.values()].sort((a, b) => b.value - a.value);
  const value = kept.reduce((sum, child) => sum + child.value, self);
  const name = call.functionName === '' ? '(anonymous)' : call.functionName;
  return { name, place: placeOf(call), value, self, children: kept };
}

function together(a: Frame, b: Frame): Frame {
  const call = { functionName: a.name, url: '', lineNumber: -1 };
  const { value, self, children } = frame(call, a.self + b.self, [...a.children, ...b.children]);
  return { name: a.name, place: a.place, value, self, children };
}

function placeOf({ url, lineNumber }: CallFrame): string {
  if (url === '' || url.startsWith('node:')) return url;
  const [, path] = /\/((?:dist|node_modules)\/.*)$/.exec(url) ?? [];
  return `${path ?? url}:${lineNumber + 1}`;
}
