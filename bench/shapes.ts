import { InvalidArgumentError } from 'commander';
import type { ServerName } from './server-spec.js';

/** How redis-benchmark loads a server: so many connections, each with so many commands under way. */
export interface Shape {
  readonly clients: number;
  readonly pipeline: number;
}

/** What Sequement is meant to reach in a shape, as a multiple of another's rate. Undefined: no target. */
export type Target = Readonly<Partial<Record<ServerName, number>>>;

/** The shape as it is written on the command line and in the tables: clients x pipeline. */
export function nameOf(shape: Shape): string {
  return `${shape.clients}x${shape.pipeline}`;
}

export const DEFAULT_SHAPES: readonly Shape[] = [
  { clients: 1, pipeline: 1 },
  { clients: 50, pipeline: 1 },
  { clients: 50, pipeline: 16 },
  { clients: 50, pipeline: 128 },
  { clients: 500, pipeline: 1 },
];

const TARGETS: ReadonlyMap<string, Target> = new Map([
  ['1x1', { always: 4 }],
  ['50x1', { none: 0.8, always: 1.5 }],
  ['50x16', { none: 0.9, always: 2 }],
  ['50x128', { none: 1, always: 2 }],
]);

export function targetOf(shape: Shape): Target {
  return TARGETS.get(nameOf(shape)) ?? {};
}

/** Reads `50x16,50x128`. Throws commander's error for anything else. */
export function parseShapes(text: string): Shape[] {
  return text.split(',').map((part) => {
    const [, clients, pipeline] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(part) ?? [];
    if (clients === undefined || pipeline === undefined) {
      throw new InvalidArgumentError('Write shapes as clients x pipeline: 50x16,50x128');
    }
    return { clients: Number(clients), pipeline: Number(pipeline) };
  });
}
