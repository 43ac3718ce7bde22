import { type EntryVisitor, readEntries } from '#dist/protocol/entry.js';
import {
  decodeFileHeader,
  FILE_HEADER,
  isIntact,
  looksLikeRecord,
  payloadLength,
  RECORD_HEADER,
  RecordType,
  recordType,
} from '#dist/protocol/record.js';
import type { SimulatedDisk } from './disk.js';

/**
 * What would be left of every sequence if the power failed now and nothing of what was not synced survived: rule 1 asks that it
 * covers everything that any client has been shown.
 */
export class StableCeilings {
  readonly #disk: SimulatedDisk;
  readonly #ceilings = new Map<string, bigint>();
  #version = -1;
  #log: Buffer | undefined;
  #end = 0;

  constructor(disk: SimulatedDisk) {
    this.#disk = disk;
  }

  /** Undefined when the sequence would not be there. */
  of(key: string): bigint | undefined {
    if (this.#version !== this.#disk.version) this.#read();
    return this.#ceilings.get(key);
  }

  #read(): void {
    this.#version = this.#disk.version;
    const log = this.#disk.stableLog();
    if (log === this.#log) return;
    const old = this.#log;
    this.#log = log;
    // A log that only grew is read on from where the last reading ended.
    const end = this.#end;
    const hasGrown = old !== undefined && log !== undefined && log.length >= end && end > 0;
    if (!hasGrown || old.compare(log, 0, end, 0, end) !== 0) {
      this.#ceilings.clear();
      this.#end = 0;
    }
    if (log !== undefined) this.#readRecords(log);
  }

  #readRecords(log: Buffer): void {
    const header = decodeFileHeader(log.subarray(0, FILE_HEADER));
    if (typeof header !== 'object') return;
    let at = this.#end === 0 ? FILE_HEADER : this.#end;
    while (log.length - at >= RECORD_HEADER && looksLikeRecord(log, at, at)) {
      const end = at + RECORD_HEADER + payloadLength(log, at);
      if (end > log.length || !isIntact(log, at, end, header.salt)) break;
      const type = recordType(log, at);
      if (type === RecordType.base || type === RecordType.append) {
        readEntries(log, at + RECORD_HEADER, end, this.#visitor);
      }
      at = end;
    }
    this.#end = at;
  }

  readonly #visitor: EntryVisitor = {
    state: (database, _flags, ceiling, bytes, start, end) => {
      this.#ceilings.set(`${database}/${bytes.toString('latin1', start, end)}`, BigInt(ceiling));
    },
    remove: (database, bytes, start, end) => {
      this.#ceilings.delete(`${database}/${bytes.toString('latin1', start, end)}`);
    },
    flush: (database) => {
      for (const key of this.#ceilings.keys()) {
        if (database === 0xffff || key.startsWith(`${database}/`)) this.#ceilings.delete(key);
      }
    },
  };
}
