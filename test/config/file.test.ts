import { symlinkSync } from 'node:fs';
import test from 'ava';
import { ConfigError } from '#dist/config/config.js';
import { readConfFile } from '#dist/config/file.js';
import { writeFiles } from './files.js';

test('a line is a name and its values', (t) => {
  const dir = writeFiles(t, { 'a.conf': '# a comment\n\n  port   7000 \r\nbind a\tb\n\t# more\n' });
  t.deepEqual(readConfFile(`${dir}a.conf`), [
    { name: 'port', words: ['7000'], label: 'port', place: `${dir}a.conf:3: ` },
    { name: 'bind', words: ['a', 'b'], label: 'bind', place: `${dir}a.conf:4: ` },
  ]);
});

test('a value in quotes keeps blanks and knows escapes', (t) => {
  const text = `requirepass "a b\\x41\\"\\n"\npidfile 'c "d" \\' e'\nlogfile ""\ndir "ü"\n`;
  const dir = writeFiles(t, { 'a.conf': text });
  const words = readConfFile(`${dir}a.conf`).map((setting) => setting.words);
  t.deepEqual(words, [['a bA"\n'], [`c "d" ' e`], [''], ['ü']]);
});

test('a byte order mark at the start is no part of the first name', (t) => {
  const dir = writeFiles(t, { 'a.conf': '\uFEFFport 7000' });
  t.is(readConfFile(`${dir}a.conf`)[0]?.name, 'port');
});

for (const line of ['dir "a', "dir 'a", 'dir "a"b']) {
  test(`the unbalanced quotes of ${line} are refused with their line`, (t) => {
    const dir = writeFiles(t, { 'a.conf': `port 1\n${line}\n` });
    t.throws(() => readConfFile(`${dir}a.conf`), {
      instanceOf: ConfigError,
      message: `${dir}a.conf:2: unbalanced quotes; close them, and leave a blank after the closing one`,
    });
  });
}

test('an included file is read at its place, relative to the including one', (t) => {
  const dir = writeFiles(t, {
    'a.conf': 'port 1\nINCLUDE b.conf\nport 3\n',
    'b.conf': 'port 2\n',
  });
  const settings = readConfFile(`${dir}a.conf`);
  t.deepEqual(
    settings.map(({ words, place }) => [words[0], place]),
    [
      ['1', `${dir}a.conf:1: `],
      ['2', `${dir}b.conf:1: `],
      ['3', `${dir}a.conf:3: `],
    ],
  );
});

test('a file may be included twice', (t) => {
  const dir = writeFiles(t, { 'a.conf': 'include b.conf\ninclude b.conf\n', 'b.conf': 'port 2\n' });
  t.is(readConfFile(`${dir}a.conf`).length, 2);
});

test('a file that includes itself is refused, also by another name', (t) => {
  const dir = writeFiles(t, { 'a.conf': '\ninclude b.conf\n', 'b.conf': 'include c.conf\n' });
  symlinkSync(`${dir}a.conf`, `${dir}c.conf`);
  const error = t.throws(() => readConfFile(`${dir}a.conf`), { instanceOf: ConfigError });
  t.is(error?.message.startsWith(`${dir}b.conf:1: ${dir}c.conf includes itself: `), true);
});

test('files that include each other twice are refused before they are a thousand million', (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`${i}.conf`, `include ${i + 1}.conf\n`.repeat(2)]),
  );
  const dir = writeFiles(t, { ...files, '30.conf': 'port 1\n' });
  const error = t.throws(() => readConfFile(`${dir}0.conf`), { instanceOf: ConfigError });
  t.regex(error?.message ?? '', /\.conf:\d: \S+ is one of more than 1000 files/);
});

test('an included file that is missing is refused with the line that names it', (t) => {
  for (const name of ['b.conf', ':1']) {
    const dir = writeFiles(t, { 'a.conf': `include ${name}\n` });
    t.throws(() => readConfFile(`${dir}a.conf`), {
      instanceOf: ConfigError,
      message: `${dir}a.conf:1: cannot read the configuration file ${dir}${name}: there is no such file`,
    });
  }
});

test('include takes one path', (t) => {
  const dir = writeFiles(t, { 'a.conf': 'include\n', 'b.conf': 'include a b\n' });
  for (const name of ['a', 'b']) {
    t.throws(() => readConfFile(`${dir}${name}.conf`), {
      message: `${dir}${name}.conf:1: include takes one path`,
    });
  }
});

test('a directory is refused', (t) => {
  const dir = writeFiles(t, {});
  t.throws(() => readConfFile(dir), {
    instanceOf: ConfigError,
    message: `${dir} is a directory, not a configuration file`,
  });
});
