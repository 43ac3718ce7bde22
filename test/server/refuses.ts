import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const BIN = fileURLToPath(new URL('../../../dist/bin.js', import.meta.url));

/** The start ends with status 1 and tells why in a sentence, not in a stack trace. */
export async function refuses(
  t: ExecutionContext,
  words: readonly string[],
  reason: RegExp,
): Promise<void> {
  const child = spawn(process.execPath, [BIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const force = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [status] = await once(child, 'close');
  clearTimeout(force);
  t.is(status, 1, said === '' ? 'it said nothing' : said);
  t.regex(said, reason);
  t.notRegex(said, /^\s+at .*:\d+:\d+|Error:|node:internal/m);
  t.is(said.trim().split('\n').length, 1, said);
}
