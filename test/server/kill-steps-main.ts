import { killAt, SCOPES, SUBJECTS, stepsOf } from './kill-steps.js';
import { canTrace } from './strace.js';

/** `npm run kill-steps`: every step, of which the suite takes a sample. Exits with 1 when one of them finds something. */
if (!canTrace()) {
  process.stderr.write('kill-steps needs strace, and the right to attach to processes\n');
  process.exit(1);
}
let kills = 0;
let found = 0;
for (const subject of SUBJECTS) {
  const steps = await stepsOf(subject);
  for (const scope of SCOPES) {
    for (const step of steps) {
      const { isReached, problems } = await killAt(subject, scope, step);
      if (isReached) kills++;
      const good = isReached ? 'ok' : 'not reached this time';
      const text = problems.length === 0 ? good : problems.join('\n  ');
      process.stdout.write(`${subject}, ${scope}, ${step.call} ${step.nth}: ${text}\n`);
      if (problems.length > 0) found++;
    }
  }
}
process.stdout.write(`${kills} kills, ${found} with problems\n`);
process.exit(found === 0 ? 0 : 1);
