#!/usr/bin/env node
// A role loads only its own modules: a worker has neither the command line's in its memory nor the writer's.
switch (process.env.SEQUEMENT_ROLE) {
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
