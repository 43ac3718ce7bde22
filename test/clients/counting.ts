import type { Program } from './program.js';

/** A framework or library that counts in the server, and a program that lets it count. */
export interface CountingPackage extends Program {
  /** What it is made to do; the names of the steps in front. */
  readonly steps: Readonly<Record<string, string>>;
}

export const COUNTING: readonly CountingPackage[] = [
  {
    name: 'ActiveSupport',
    package: { debian: 'ruby-activesupport', version: '6.1.7.10' },
    probe: ['ruby', '-e', 'require "active_support"; puts ActiveSupport::VERSION::STRING'],
    command: ['ruby', 'active_support.rb'],
    steps: {
      increment: '`increment`, `decrement`, `read` and `write` with `raw: true`',
      expire: '`increment` with `expires_in`, `delete_matched`',
    },
  },
  {
    name: 'Rack::Attack',
    package: { debian: 'ruby-rack-attack', version: '6.6.1' },
    probe: ['ruby', '-e', 'require "rack/attack"; puts Gem.loaded_specs["rack-attack"].version'],
    command: ['ruby', 'active_support.rb'],
    steps: { throttle: 'requests up to the limit and beyond, counted by ActiveSupport' },
  },
];
