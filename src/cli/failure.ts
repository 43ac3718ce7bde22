/** What the person at the command line can do something about: only its message is shown, and the exit status is 1. */
export class Failure extends Error {}
