import test from 'ava';
import { outcomesIn } from './run-unit.js';

const OUTPUT = `Cleanup: may take some time... OK
Starting test server at port 21079
[ready]: 4711
Testing unit/type/incr
[\x1b[0;32mok\x1b[0m]: A test of two (3 ms)
[\x1b[0;31merr\x1b[0m]: Another in tests/unit/type/incr.tcl
n command 'debug'
    while executing
[\x1b[0;33mskip\x1b[0m]: A third
[\x1b[0;36mignore\x1b[0m]: needs: all: Not supported on external server
[err]: The last in tests/unit/type/incr.tcl
Expected 'a' to match 'b'
[1/1 \x1b[0;33mdone\x1b[0m]: unit/type/incr (0 seconds)

                   The End

*** [err]: The last in tests/unit/type/incr.tcl
`;

test('what the published tests print is read test by test', (t) => {
  t.deepEqual(outcomesIn(OUTPUT), [
    { title: 'A test of two', result: 'passed', detail: '' },
    { title: 'Another', result: 'failed', detail: "n command 'debug'\n    while executing" },
    { title: 'A third', result: 'skipped', detail: '' },
    { title: 'needs: all', result: 'left', detail: 'Not supported on external server' },
    { title: 'The last', result: 'failed', detail: "Expected 'a' to match 'b'" },
  ]);
});
