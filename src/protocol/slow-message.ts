import type { SlowCommand } from '../commands/slow-log.js';
import type { ByteWriter } from './bytes.js';
import type { FrameWriter } from './frame.js';
import { MessageType } from './message.js';
import { PartType } from './take-message.js';

/** A worker's report of a command that took long. The event is LATENCY's: `command`, or `fast-command`. */
export interface SlowReport {
  readonly event: string;
  readonly command: SlowCommand;
}

/** What the master tells the worker before it answers such a command; the worker knows whose it was. */
export type SlowPart = Pick<SlowCommand, 'microseconds' | 'words'> & { readonly event: string };

export function writeSlowReport(out: FrameWriter, report: SlowReport): void {
  out.begin(MessageType.slow);
  writeJson(out, report);
  out.end();
}

export function readSlowReport(bytes: Buffer, start: number, end: number): SlowReport {
  return JSON.parse(bytes.toString('utf8', start, end)) as SlowReport;
}

/** A part of a `replies` frame that is followed by the answer of the same tag (take-message.ts). */
export function writeSlowPart(out: ByteWriter, tag: number, slow: SlowPart): void {
  const json = Buffer.from(JSON.stringify(slow));
  out.u32(tag);
  out.u32(6 + json.length);
  out.u8(PartType.slow);
  out.u8(0);
  out.u32(0);
  out.copy(json, 0, json.length);
}

export function readSlowPart(bytes: Buffer, start: number, end: number): SlowPart {
  return JSON.parse(bytes.toString('utf8', start, end)) as SlowPart;
}

function writeJson(out: ByteWriter, value: unknown): void {
  const json = Buffer.from(JSON.stringify(value));
  out.copy(json, 0, json.length);
}
