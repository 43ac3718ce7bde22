import { readFileSync } from 'node:fs';
import test from 'ava';
import { confText } from '#dist/config/conf-text.js';
import { createConfig } from '#dist/config/config.js';
import { directiveRows } from '#dist/config/directives.js';
import { writeFiles } from './files.js';

test('sequement.conf is what the table of directives says; npm run conf makes it anew', (t) => {
  t.is(readFileSync('sequement.conf', 'utf8'), confText());
});

test('sequement.conf as it is changes nothing', (t) => {
  t.deepEqual(createConfig('sequement.conf'), createConfig(undefined));
});

test('sequement.conf with every directive uncommented holds the defaults', (t) => {
  let text = confText();
  for (const [name] of directiveRows) text = text.replace(`\n# ${name} `, `\n${name} `);
  const dir = writeFiles(t, { 'a.conf': text });
  t.deepEqual(createConfig(`${dir}a.conf`), createConfig(undefined));
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  t.is(lines.length, directiveRows.length);
});

test('directives of a group stand together', (t) => {
  const groups = directiveRows.map(([, row]) => row.group);
  const changes = groups.filter((group, index) => group !== groups[index - 1]);
  t.is(new Set(groups).size, changes.length);
});
