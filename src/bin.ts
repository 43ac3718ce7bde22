#!/usr/bin/env node
// A role loads only its own modules: a worker has neither the command line's in its memory nor the writer's.
const role = process.env.SEQUEMENT_ROLE;
if (role !== undefined && process.send === undefined) {
  process.stderr.write('sequement: SEQUEMENT_ROLE is for the children of a server; unset it\n');
  process.exit(1);
}
switch (role) {
  case 'worker': {
    const { runWorker } = await import('./worker/main.js');
    runWorker();
    break;
  }
  case 'writer': {
    const { runWriter } = await import('./writer/main.js');
    runWriter();
    break;
  }
  default: {
    const { runCommandLine } = await import('./cli/main.js');
    process.exitCode = await runCommandLine(process.argv.slice(2));
  }
}
