import test from 'ava';
import fc from 'fast-check';
import { FRAME_HEADER, FrameReader, FrameWriter } from '#dist/protocol/frame.js';

interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

function frame(type: number, payload: string | Uint8Array): Frame {
  return { type, payload: Buffer.from(payload as string) };
}

function write(frames: readonly Frame[]): Buffer {
  const out = new FrameWriter(16);
  for (const { type, payload } of frames) {
    out.begin(type);
    out.copy(payload, 0, payload.length);
    out.end();
  }
  return out.take();
}

/** Reads the chunks, each in a buffer that is overwritten as soon as the reader has had it. */
function read(chunks: readonly Buffer[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((type, bytes, start, end) => {
    frames.push({ type, payload: Buffer.from(bytes.subarray(start, end)) });
  });
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    reader.push(reused);
    reused.fill('#');
  }
  return frames;
}

const FRAMES = [
  frame(1, ''),
  frame(255, 'a'),
  frame(16, ''),
  frame(0, 'x'.repeat(300)),
  frame(7, ''),
];

test('a frame is length, type and payload', (t) => {
  t.deepEqual(write([frame(17, 'abc')]), Buffer.from([3, 0, 0, 0, 17, 97, 98, 99]));
  t.is(FRAME_HEADER, 5);
});

test('a writer tells whether a frame is open', (t) => {
  const out = new FrameWriter();
  t.false(out.isOpen());
  out.begin(1);
  t.true(out.isOpen());
  out.u8(5);
  out.end();
  t.false(out.isOpen());
});

test('frames in one chunk are handed out in place', (t) => {
  const chunk = write(FRAMES);
  let count = 0;
  new FrameReader((_type, bytes) => {
    t.is(bytes, chunk);
    count++;
  }).push(chunk);
  t.is(count, FRAMES.length);
});

test('frames that are cut anywhere are the same frames', (t) => {
  const stream = write(FRAMES);
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second += first < 40 ? 1 : 13) {
      const chunks = [stream.subarray(0, first), stream.subarray(first, second)];
      t.deepEqual(read([...chunks, stream.subarray(second)]), FRAMES, `${first}, ${second}`);
    }
  }
});

test('frames that arrive byte by byte are the same frames', (t) => {
  const stream = write(FRAMES);
  t.deepEqual(read(Array.from(stream, (byte) => Buffer.from([byte]))), FRAMES);
});

test('random frames in random pieces come out as they went in', (t) => {
  const anyFrame = fc
    .tuple(fc.nat(255), fc.uint8Array({ maxLength: 400 }))
    .map(([type, payload]) => frame(type, payload));
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 20 }), fc.array(fc.nat()), (frames, positions) => {
      const stream = write(frames);
      const ends = [...positions.map((position) => position % (stream.length + 1)), stream.length];
      ends.sort((a, b) => a - b);
      const chunks = ends.map((end, i) => stream.subarray(i === 0 ? 0 : ends[i - 1], end));
      t.deepEqual(read(chunks), frames);
    }),
    { numRuns: 300 },
  );
});

test('a frame is handed out only when it is complete', (t) => {
  const stream = write([frame(3, 'abc')]);
  for (let length = 0; length < stream.length; length++) {
    t.deepEqual(read([stream.subarray(0, length)]), []);
  }
});

test('a long frame in many chunks comes out whole', (t) => {
  const long = frame(9, Buffer.alloc(5_000_000, 'abcdefg'));
  const stream = write([long, frame(1, ''), long]);
  const chunks: Buffer[] = [];
  for (let i = 0; i < stream.length; i += 65536) chunks.push(stream.subarray(i, i + 65536));
  const frames = read(chunks);
  t.is(frames.length, 3);
  t.true(frames[0]?.payload.equals(long.payload));
  t.true(frames[2]?.payload.equals(long.payload));
});

test('a length that no frame of ours has is refused', (t) => {
  const header = Buffer.from([0xff, 0xff, 0xff, 0xff, 1]);
  const message = { message: 'a frame of 4294967295 bytes came over a pipe' };
  t.throws(() => read([header]), message);
  t.throws(() => read([Buffer.concat([write(FRAMES), header])]), message);
  for (let position = 1; position < header.length; position++) {
    t.throws(() => read([header.subarray(0, position), header.subarray(position)]), message);
  }
});
