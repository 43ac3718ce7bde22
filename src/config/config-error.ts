/** The configuration can't be used; the message names the place and says what to do. */
export class ConfigError extends Error {}
