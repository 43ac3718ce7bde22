import { type Config, type DirectiveName, directiveRows } from './directives.js';

export interface Reloaded {
  readonly config: Config;
  /** Directives that were changed but only take effect with a new start. */
  readonly ignored: readonly DirectiveName[];
}

/** What a running server takes over of a configuration that was read again: what may change while it runs. */
export function reloaded(current: Config, fresh: Config): Reloaded {
  const values: Record<string, unknown> = { ...current, tolerated: fresh.tolerated };
  const ignored: DirectiveName[] = [];
  for (const [name, row] of directiveRows) {
    if (row.isChangeable) values[name] = fresh[name];
    else if (JSON.stringify(fresh[name]) !== JSON.stringify(current[name])) ignored.push(name);
  }
  return { config: Object.freeze(values) as unknown as Config, ignored };
}
