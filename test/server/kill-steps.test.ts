import test from 'ava';
import { killAt, SCOPES, SUBJECTS, stepsOf } from './kill-steps.js';
import { mayTrace } from './strace.js';

/** Of each series, the suite takes every so many steps, and always the rename; `npm run kill-steps` takes them all. */
const EVERY = 16;

const withStrace = mayTrace() ? test.serial : test.serial.skip;

for (const subject of SUBJECTS) {
  withStrace(`a kill -9 at a step of the ${subject} loses and repeats nothing`, async (t) => {
    const steps = await stepsOf(subject);
    const names = steps.map((step) => step.call);
    t.log(names.join(' '));
    for (const call of ['unlink', 'openat', 'pwrite64', 'fdatasync', 'rename', 'fsync']) {
      t.true(names.includes(call), call);
    }
    for (const scope of SCOPES) {
      const first = scope === 'writer' ? 4 : 8;
      const sample = steps.filter(
        (step, at) => at % EVERY === first % EVERY || step.call === 'rename',
      );
      for (const step of sample) {
        const { isReached, problems } = await killAt(subject, scope, step);
        t.deepEqual(problems, [], `${scope}, ${step.call} ${step.nth}`);
        t.true(isReached || step.call !== 'rename');
      }
    }
  });
}
