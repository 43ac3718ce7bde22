import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, createConfig } from '#dist/config/config.js';
import { readConfFile } from '#dist/config/file.js';
import { assert, corpusOf, type FuzzTarget } from './target.js';

let dir: string | undefined;

/** A directory with a file that mutants may include, gone when this process ends. */
function directory(): string {
  if (dir === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'sequement-fuzz-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    writeFileSync(join(made, 'b.conf'), 'maxclients 7\n');
    dir = made;
  }
  return dir;
}

/** A configuration file: a configuration, or a ConfigError of one line that names the file. */
const conf: FuzzTarget = {
  name: 'configuration',
  corpus: corpusOf('conf'),
  check({ bytes }) {
    const path = join(directory(), 'a.conf');
    writeFileSync(path, bytes);
    try {
      const settings = readConfFile(path);
      assert(settings.length <= bytes.length, 'a setting takes a byte');
      const config = createConfig(path);
      assert(Object.isFrozen(config) && config.dir.startsWith('/'), 'a whole configuration');
      assert(Object.getPrototypeOf(config) === Object.prototype, 'of the usual kind');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      assert(error.message.includes(path), `it names the file: ${error.message}`);
    }
  },
};

export const confTargets: readonly FuzzTarget[] = [conf];
