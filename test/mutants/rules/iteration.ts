import { breaking } from '../mutant.js';

/** SCAN: a name that is there from its start to its end comes up, one that is not does not. */
export const iteration = breaking('iteration', [
  {
    name: 'SCAN leaves out what does not fit in its COUNT',
    file: 'src/master/keyspace-view.ts',
    search: 'const start = slab.nameStart(ref);\n        visit(',
    replacement:
      'if (found >= count) return;\n        const start = slab.nameStart(ref);\n        visit(',
    tests: ['master/scan'],
  },
  {
    name: 'SCAN ends at the first page that is empty',
    file: 'src/master/keyspace-view.ts',
    search: 'return page < pages ? page : 0;',
    replacement: 'return page < pages && found > 0 ? page : 0;',
    tests: ['master/scan'],
  },
  {
    name: 'SCAN goes on a page too late',
    file: 'src/master/keyspace-view.ts',
    search: 'return page < pages ? page : 0;',
    replacement: 'return page + 1 < pages ? page + 1 : 0;',
    tests: ['master/scan'],
  },
  {
    name: 'SCAN begins anew for a cursor beyond the end',
    file: 'src/master/keyspace-view.ts',
    search: "typeof cursor === 'number' && cursor >= 0 ? cursor : pages;",
    replacement: "typeof cursor === 'number' && cursor >= 0 && cursor < pages ? cursor : 0;",
    tests: ['master/scan'],
  },
  {
    name: 'one SCAN looks through everything for want of names',
    file: 'src/master/keyspace-view.ts',
    search: 'Math.min(pages, page + EMPTY_PAGES_LIMIT);',
    replacement: 'pages;',
    tests: ['master/scan'],
  },
  {
    name: 'one SCAN visits as many as it is told',
    file: 'src/master/keyspace-view.ts',
    search: 'found < Math.min(count, SCAN_LIMIT)',
    replacement: 'found < count',
    tests: ['master/scan'],
  },
  {
    name: 'SCAN names what was removed',
    file: 'src/master/sequence-slab.ts',
    search: 'if (!this.hasFlag(ref, SequenceFlag.free)) visit(ref);',
    replacement: 'visit(ref);',
    tests: ['master/scan'],
  },
  {
    name: 'a page begins behind its first record',
    file: 'src/master/sequence-slab.ts',
    search: 'if (pages[page] === NO_RECORD) pages[page] = at;',
    replacement: 'pages[page] = at;',
    tests: ['master/scan'],
  },
]);
