import type { Config, DirectiveName } from './directives.js';

/** What must hold between directives; each is fine by itself. */
export interface Rule {
  readonly names: readonly DirectiveName[];
  /** Only a start minds it: while the server runs, it may be so for a while. */
  readonly isForStart?: true;
  /** What is wrong and what to do, or undefined. */
  readonly violation: (config: Config) => string | undefined;
}

const rules: readonly Rule[] = [
  {
    names: ['reserve-block', 'reserve-block-max'],
    violation: (config) => {
      const block = config['reserve-block'];
      const max = config['reserve-block-max'];
      if (block <= max) return undefined;
      return `reserve-block ${block} is larger than reserve-block-max ${max}; raise the latter as well`;
    },
  },
  {
    names: ['port', 'tls-port', 'bind', 'unixsocket'],
    isForStart: true,
    violation: (config) => {
      const hasPort = config.port !== 0 || config['tls-port'] !== 0;
      if (config.unixsocket !== '' || (hasPort && config.bind.length > 0)) return undefined;
      return 'nothing to listen on; set port or tls-port, and bind, or unixsocket';
    },
  },
];

/** The first rule that a configuration breaks, with its text. */
export function findViolation(
  config: Config,
  isStart = false,
): { readonly rule: Rule; readonly text: string } | undefined {
  for (const rule of rules) {
    if (rule.isForStart === true && !isStart) continue;
    const text = rule.violation(config);
    if (text !== undefined) return { rule, text };
  }
  return undefined;
}
