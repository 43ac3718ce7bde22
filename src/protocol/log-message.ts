import type { FrameWriter } from './frame.js';
import { MessageType } from './message.js';

/**
 * The conversation of master and writer.
 *
 *     master                                   writer
 *       │ open ──────────────────────────────▶ │  recover the log
 *       │ ◀─── loading, entries, progress, … ─ │  (only when it starts from the beginning)
 *       │ ◀──────────────────────────── opened │  or `refused`, and the writer exits
 *       │ append(lsn) ───────────────────────▶ │
 *       │ ◀─────────────────────── durable(lsn)│  or `failed`: nothing after the last durable lsn counts,
 *       │                                      │  and nothing is appended before a new base is complete
 *       │ baseBegin, base …, baseEnd ────────▶ │  the compaction; appends between them go to both files
 *       │ ◀────────────────────── baseWritten …│  one for each `base`: the master keeps few of them under way
 *       │ ◀─────────────────────────── switched│  or `baseFailed`: the old file stays
 *       │ close ─────────────────────────────▶ │
 *       │ ◀────────────────────────────── closed│  everything is on stable storage; the writer exits 0
 *
 * An lsn numbers the appends of one master: 1, 2, 3 …
 *
 * A base holds, for every sequence, its state at `baseBegin` or later (a slice that overtook an append is fine: entries are
 * absolute, and the two files get everything in the order of the pipe). Each cycle ends in exactly one of `switched`,
 * `baseFailed` and `failed`; its later slices are ignored. A `baseBegin` during a cycle starts it over without a report.
 *
 * After `failed`, appends are dropped until a `baseBegin` whose `failures` counts that `failed`: one that was sent before it was
 * seen is ignored with its slices, since the master may have taken back since then what the slices show. Appends behind such
 * a `baseBegin` are kept and become durable by its `switched` (a `durable` follows it), or are dropped by its `baseFailed`.
 * A `close` that finds the log failed is answered by `failed` once more, and the writer exits 1.
 */
export type FsyncPolicy = 'always' | 'everysec' | 'no';

export interface OpenRequest {
  readonly dir: string;
  readonly fsync: FsyncPolicy;
  /**
   * Present when a writer died and another goes on: the file it was writing (`opened.file`) and the offset up to which the
   * master knows it durable. The entries are not sent again; what lies behind the offset is cut off. When another
   * file is there (the predecessor died just after it had switched) its whole valid part stays.
   */
  readonly resume?: { readonly file: string; readonly offset: number };
}

export type LogRequest =
  | { readonly type: 'open'; readonly open: OpenRequest }
  | {
      readonly type: 'append';
      readonly lsn: number;
      readonly bytes: Buffer;
      readonly start: number;
      readonly end: number;
    }
  /** `failures`: how many `failed` the master has had from this writer. */
  | { readonly type: 'baseBegin'; readonly failures: number }
  | { readonly type: 'base'; readonly bytes: Buffer; readonly start: number; readonly end: number }
  | { readonly type: 'baseEnd' }
  | { readonly type: 'configure'; readonly fsync: FsyncPolicy }
  | { readonly type: 'close' }
  | { readonly type: 'ping' };

export interface Opened {
  /** Names the file among all that were ever in this directory: changes with each new base. */
  readonly file: string;
  /** How often this history was broken off by a restore, or a repair that lost something; 1 when it never was. */
  readonly epoch: number;
  /** Bytes of the log, and of its base, now. */
  readonly size: number;
  readonly baseSize: number;
  /** What the operator should know, say that a torn tail was cut; one sentence each. */
  readonly warnings: readonly string[];
}

export type LogReport =
  | {
      readonly type: 'entries';
      readonly bytes: Buffer;
      readonly start: number;
      readonly end: number;
    }
  /** Bytes of the base that is about to be read. */
  | { readonly type: 'loading'; readonly baseSize: number }
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'opened'; readonly opened: Opened }
  /** One readable sentence that says what to do. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'durable'; readonly lsn: number; readonly size: number }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'switched'; readonly file: string; readonly size: number }
  | { readonly type: 'baseFailed'; readonly reason: string }
  | { readonly type: 'baseWritten' }
  | { readonly type: 'closed' }
  | { readonly type: 'pong' };

export function writeLogRequest(out: FrameWriter, request: LogRequest): void {
  out.begin(MessageType[request.type]);
  switch (request.type) {
    case 'open':
      out.text(JSON.stringify(request.open));
      break;
    case 'append':
      out.f64(request.lsn);
      out.copy(request.bytes, request.start, request.end);
      break;
    case 'base':
      out.copy(request.bytes, request.start, request.end);
      break;
    case 'configure':
      out.text(request.fsync);
      break;
    case 'baseBegin':
      out.f64(request.failures);
      break;
    case 'baseEnd':
    case 'close':
    case 'ping':
      break;
    default:
      assertNever(request);
  }
  out.end();
}

/** An append whose entries, so many bytes, follow on the pipe as they are. */
export function writeAppendHead(out: FrameWriter, lsn: number, length: number): void {
  out.begin(MessageType.append);
  out.f64(lsn);
  out.end(length);
}

export function readLogRequest(
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): LogRequest {
  switch (type) {
    case MessageType.open:
      return { type: 'open', open: JSON.parse(readText(bytes, start)) as OpenRequest };
    case MessageType.append:
      return { type: 'append', lsn: bytes.readDoubleLE(start), bytes, start: start + 8, end };
    case MessageType.base:
      return { type: 'base', bytes, start, end };
    case MessageType.configure:
      return { type: 'configure', fsync: readText(bytes, start) as FsyncPolicy };
    case MessageType.baseBegin:
      return { type: 'baseBegin', failures: bytes.readDoubleLE(start) };
    case MessageType.baseEnd:
      return { type: 'baseEnd' };
    case MessageType.close:
      return { type: 'close' };
    case MessageType.ping:
      return { type: 'ping' };
    default:
      throw new Error(`the writer got a message of type ${type}`);
  }
}

export function writeLogReport(out: FrameWriter, report: LogReport): void {
  out.begin(MessageType[report.type]);
  switch (report.type) {
    case 'entries':
      out.copy(report.bytes, report.start, report.end);
      break;
    case 'loading':
      out.f64(report.baseSize);
      break;
    case 'progress':
      out.f64(report.done);
      out.f64(report.total);
      break;
    case 'opened':
      out.text(JSON.stringify(report.opened));
      break;
    case 'refused':
    case 'failed':
    case 'baseFailed':
      out.text(report.reason);
      break;
    case 'durable':
      out.f64(report.lsn);
      out.f64(report.size);
      break;
    case 'switched':
      out.f64(report.size);
      out.text(report.file);
      break;
    case 'baseWritten':
    case 'closed':
    case 'pong':
      break;
    default:
      assertNever(report);
  }
  out.end();
}

export function readLogReport(type: number, bytes: Buffer, start: number, end: number): LogReport {
  switch (type) {
    case MessageType.entries:
      return { type: 'entries', bytes, start, end };
    case MessageType.loading:
      return { type: 'loading', baseSize: bytes.readDoubleLE(start) };
    case MessageType.progress:
      return {
        type: 'progress',
        done: bytes.readDoubleLE(start),
        total: bytes.readDoubleLE(start + 8),
      };
    case MessageType.opened:
      return { type: 'opened', opened: JSON.parse(readText(bytes, start)) as Opened };
    case MessageType.refused:
      return { type: 'refused', reason: readText(bytes, start) };
    case MessageType.failed:
      return { type: 'failed', reason: readText(bytes, start) };
    case MessageType.baseFailed:
      return { type: 'baseFailed', reason: readText(bytes, start) };
    case MessageType.durable:
      return {
        type: 'durable',
        lsn: bytes.readDoubleLE(start),
        size: bytes.readDoubleLE(start + 8),
      };
    case MessageType.switched:
      return {
        type: 'switched',
        size: bytes.readDoubleLE(start),
        file: readText(bytes, start + 8),
      };
    case MessageType.baseWritten:
      return { type: 'baseWritten' };
    case MessageType.closed:
      return { type: 'closed' };
    case MessageType.pong:
      return { type: 'pong' };
    default:
      throw new Error(`the writer sent a message of type ${type}`);
  }
}

function readText(bytes: Buffer, start: number): string {
  const length = bytes.readUInt32LE(start);
  return bytes.toString('utf8', start + 4, start + 4 + length);
}

/** A switch over a union that forgot a case does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
