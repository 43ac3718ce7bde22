import test from 'ava';
import { playRights } from './rights.js';

const SEEDS = 30;

test.serial(
  'nothing runs by rights whose end was told, whatever worker is slow or gone',
  async (t) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      t.deepEqual(await playRights(seed), [], `seed ${seed}`);
    }
  },
);
