import { readFileSync } from 'node:fs';
import test from 'ava';
import { compatibilityPage } from './page.js';

test('docs/compatibility.md is what `npm run compatibility` writes', (t) => {
  const page = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');
  t.is(page, compatibilityPage());
});
