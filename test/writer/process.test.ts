import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FrameReader, FrameWriter } from '#dist/protocol/frame.js';
import {
  type LogReport,
  type LogRequest,
  type Opened,
  type OpenRequest,
  readLogReport,
  writeLogRequest,
} from '#dist/protocol/log-message.js';
import { applyEntries, entry, type State } from '../store/log-tools.js';
import { appendRequest } from './harness.js';

/** A real writer process, as the master starts it. */
class WriterProcess {
  readonly child: ChildProcess;
  readonly pipe: Socket;
  readonly reports: LogReport[] = [];
  readonly state: State = new Map();
  readonly #exit: Promise<unknown>;
  #waiting: (() => void)[] = [];

  constructor(t: ExecutionContext) {
    this.child = spawn(process.execPath, [new URL('./writer-main.js', import.meta.url).pathname], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    t.teardown(() => this.child.kill('SIGKILL'));
    this.#exit = once(this.child, 'exit');
    this.pipe = this.child.stdio[4] as Socket;
    this.pipe.on('error', () => {});
    const reader = new FrameReader((type, bytes, start, end) => {
      const report = readLogReport(type, bytes, start, end);
      if (report.type === 'entries') applyEntries(this.state, bytes, start, end);
      else this.reports.push(report);
      for (const resume of this.#waiting.splice(0)) resume();
    });
    this.pipe.on('data', (chunk: Buffer) => reader.push(chunk));
  }

  send(...requests: LogRequest[]): void {
    const out = new FrameWriter();
    for (const request of requests) writeLogRequest(out, request);
    this.pipe.write(out.take());
  }

  async until<Type extends LogReport['type']>(
    type: Type,
    isMeant: (report: Extract<LogReport, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<LogReport, { type: Type }>> {
    for (;;) {
      for (const report of this.reports) {
        if (report.type === type && isMeant(report as Extract<LogReport, { type: Type }>)) {
          return report as Extract<LogReport, { type: Type }>;
        }
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async open(dir: string, resume?: OpenRequest['resume']): Promise<Opened> {
    const open: OpenRequest =
      resume === undefined ? { dir, fsync: 'always' } : { dir, fsync: 'always', resume };
    this.send({ type: 'open', open });
    return (await this.until('opened')).opened;
  }

  /** Status and signal. */
  async exit(): Promise<unknown> {
    return await this.#exit;
  }

  get durable(): { readonly lsn: number; readonly size: number } {
    const report = this.reports.findLast(({ type }) => type === 'durable');
    return report?.type === 'durable' ? report : { lsn: 0, size: 0 };
  }
}

async function directory(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sequement-writer-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('a writer that is closed has everything on the disk and exits with 0', async (t) => {
  const dir = await directory(t);
  const writer = new WriterProcess(t);
  await writer.open(dir);
  writer.send(appendRequest(1, entry('a', 100)), { type: 'close' });
  await writer.until('closed');
  t.deepEqual(await writer.exit(), [0, null]);
  const next = new WriterProcess(t);
  await next.open(dir);
  t.deepEqual(next.state, new Map([['a', 100]]));
});

test('a writer killed among appends loses nothing that it acknowledged', async (t) => {
  const dir = await directory(t);
  let lsn = 0;
  let acknowledged = 0;
  for (let round = 1; round <= 4; round++) {
    const writer = new WriterProcess(t);
    await writer.open(dir);
    t.true((writer.state.get('a') ?? 0) >= acknowledged);
    const first = lsn;
    const pump = () => {
      for (let i = 0; i < 5; i++) writer.send(appendRequest(++lsn, entry('a', lsn)));
    };
    pump();
    for (let wanted = 1; wanted <= 20 * round; wanted++) {
      await writer.until('durable', (report) => report.lsn >= first + wanted);
      pump();
    }
    writer.child.kill('SIGKILL');
    await writer.exit();
    acknowledged = writer.durable.lsn;
  }
  const last = new WriterProcess(t);
  await last.open(dir);
  t.true((last.state.get('a') as number) >= acknowledged);
  t.true((last.state.get('a') as number) <= lsn);
});

test('a writer that takes over a killed one goes on behind what was acknowledged', async (t) => {
  const dir = await directory(t);
  const first = new WriterProcess(t);
  const { file } = await first.open(dir);
  for (let lsn = 1; lsn <= 50; lsn++) first.send(appendRequest(lsn, entry(`s${lsn}`, lsn)));
  await first.until('durable');
  first.child.kill('SIGKILL');
  await first.exit();
  const { lsn, size } = first.durable;
  const second = new WriterProcess(t);
  const opened = await second.open(dir, { file, offset: size });
  t.is(opened.size, size);
  t.is(second.state.size, 0);
  for (let next = lsn + 1; next <= 60; next++)
    second.send(appendRequest(next, entry(`s${next}`, next)));
  await second.until('durable', (report) => report.lsn === 60);
  second.child.kill('SIGKILL');
  await second.exit();
  const third = new WriterProcess(t);
  await third.open(dir);
  t.is(third.state.size, 60);
});

test('a writer whose master is gone exits by itself', async (t) => {
  t.timeout(30_000, 'it lives on');
  const dir = await directory(t);
  const writer = new WriterProcess(t);
  await writer.open(dir);
  writer.pipe.destroy();
  t.deepEqual(await writer.exit(), [1, null]);
});

test('a writer leaves the signals of a terminal to its master', async (t) => {
  const writer = new WriterProcess(t);
  writer.send({ type: 'ping' });
  await writer.until('pong');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGTTIN', 'SIGTTOU'] as const) {
    writer.child.kill(signal);
  }
  const dir = await directory(t);
  await writer.open(dir);
  writer.send({ type: 'close' });
  t.deepEqual(await writer.exit(), [0, null]);
});

test('a directory that is not there is refused with a sentence', async (t) => {
  const writer = new WriterProcess(t);
  writer.send({ type: 'open', open: { dir: '/nonexistent/sequement', fsync: 'always' } });
  const { reason } = await writer.until('refused');
  t.is(reason, 'Cannot open /nonexistent/sequement/sequement.log: No such file or directory.');
  t.deepEqual(await writer.exit(), [1, null]);
});

test('a log of many frames arrives whole while pings are answered', async (t) => {
  const dir = await directory(t);
  const writer = new WriterProcess(t);
  await writer.open(dir);
  const wanted = 200_000;
  writer.send({ type: 'baseBegin', failures: 0 });
  for (let from = 0; from < wanted; from += 5000) {
    const bytes = Buffer.concat(
      Array.from({ length: 5000 }, (_, i) => entry(`sequence:${from + i}`, from + i + 1)),
    );
    writer.send({ type: 'base', bytes, start: 0, end: bytes.length });
  }
  writer.send({ type: 'baseEnd' });
  const { file, size } = await writer.until('switched');
  writer.send({ type: 'close' });
  await writer.exit();
  t.true((await readFile(join(dir, 'sequement.log'))).length >= size);
  const next = new WriterProcess(t);
  next.send({ type: 'open', open: { dir, fsync: 'always' } }, { type: 'ping' });
  await next.until('pong');
  const { opened } = await next.until('opened');
  t.is(opened.file, file);
  t.is(next.state.size, wanted);
  t.is(next.state.get('sequence:199999'), 200_000);
});
