#!/usr/bin/env node
// Asks the registry whether a dependency has a known vulnerability (`npm audit`), and exits 1 when one has. A registry that
// answers no audits tells nothing: that is said, and is no failure. With `-`, the report is read from standard input.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const text =
  process.argv[2] === '-'
    ? readFileSync(0, 'utf8')
    : spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', timeout: 120_000 }).stdout;

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

const report = parse(text ?? '') ?? {};
const total = report.metadata?.vulnerabilities?.total;
if (typeof total !== 'number') {
  const reason = report.message ?? report.error?.summary ?? 'no report';
  console.log(`npm audit: not available (${String(reason).split('\n')[0] || 'no reason given'})`);
} else if (total === 0) {
  console.log('npm audit: no known vulnerability');
} else {
  for (const { name, severity, range } of Object.values(report.vulnerabilities ?? {})) {
    console.log(`${name} ${range}: ${severity}`);
  }
  console.log(`npm audit: ${total} known vulnerabilities`);
  process.exitCode = 1;
}
