import { Socket } from 'node:net';

/** Called with a chunk that is valid only during the call. */
export type ChunkHandler = (chunk: Buffer) => void;

/** A chunk of this size is one behind which there is probably more. */
export const READ_SIZE = 65536;

/** All connections and pipes of a process read into this one buffer: what a request keeps, its parser has copied by then. */
const shared = Buffer.allocUnsafeSlow(READ_SIZE);

/**
 * A socket over a connection that the master has accepted. It comes as a bare handle, and hands its chunks out in the
 * shared buffer; with a buffer of its own for each chunk, 50 clients get 0.8 of the rate. Where the master had no
 * handle to give, as a later Node may have it, a whole socket comes, and reads as usual.
 */
export function openConnection(passed: unknown, onChunk: ChunkHandler): Socket {
  if (!isSocket(passed)) return sharedSocket({ handle: passed, allowHalfOpen: true }, onChunk);
  passed.on('data', onChunk);
  return passed;
}

/**
 * The same for a socket that Node has made, the pipe to a child, and which has handed nothing out yet. Buffers of their own
 * per chunk are garbage that the collector lets grow to 64 MB, since it does not lie in its heap.
 */
export function takeOver(made: Socket, onChunk: ChunkHandler): Socket {
  const source = made as unknown as { _handle: unknown };
  const handle = source._handle;
  if (typeof handle !== 'object' || handle === null) {
    made.on('data', onChunk);
    return made;
  }
  source._handle = null;
  return sharedSocket({ handle }, onChunk);
}

/** An open descriptor; or a socket that is there already, which hands its chunks out as it does. */
export type Pipe = number | Socket;

/** A socket over an open descriptor, the pipe to the master, that reads into the shared buffer. */
export function openPipe(pipe: Pipe, onChunk: ChunkHandler): Socket {
  if (typeof pipe === 'number') {
    return sharedSocket({ fd: pipe, readable: true, writable: true }, onChunk);
  }
  pipe.on('data', onChunk);
  return pipe;
}

/** By what it does, not by its class: a bare handle has no events. */
function isSocket(passed: unknown): passed is Socket {
  return typeof (passed as Partial<Socket>).on === 'function';
}

function sharedSocket(options: object, onChunk: ChunkHandler): Socket {
  const onread = {
    buffer: shared,
    callback: (count: number) => {
      onChunk(shared.subarray(0, count));
      return true;
    },
  };
  return new Socket({ ...options, onread } as ConstructorParameters<typeof Socket>[0]);
}
