import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

const WITHIN_MS = 20_000;

/** A program on a terminal of 120 columns, as a person has it. */
export class Terminal {
  /** Resolves when the program has ended. */
  readonly over: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  #shown = '';
  #isOver = false;
  #wake = () => {};

  constructor(command: readonly string[]) {
    // The words are ours, and have no quotes.
    const words = command.map((word) => `'${word}'`).join(' ');
    this.#child = spawn('script', ['-qefc', `stty cols 120 rows 40; exec ${words}`, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', HOME: '/nonexistent' },
    });
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
      this.#wake();
    });
    this.over = new Promise((resolve) => {
      this.#child.once('close', () => {
        this.#isOver = true;
        this.#wake();
        resolve();
      });
    });
  }

  /** What is shown up to the first place that matches; the rest stays. Rejects when it does not come. */
  async until(pattern: RegExp): Promise<string> {
    const deadlineMs = performance.now() + WITHIN_MS;
    for (;;) {
      const match = pattern.exec(this.#shown);
      if (match !== null) {
        const end = match.index + match[0].length;
        const text = this.#shown.slice(0, end);
        this.#shown = this.#shown.slice(end);
        return text;
      }
      const leftMs = deadlineMs - performance.now();
      if (this.#isOver || leftMs <= 0) {
        throw new Error(`no ${pattern} in ${JSON.stringify(this.#shown.slice(-500))}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Ends the program as Ctrl-C does, or later by force. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.type('\x03');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.over;
    clearTimeout(force);
  }
}
