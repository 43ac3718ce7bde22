import { availableParallelism } from 'node:os';
import type { Config } from '../config/directives.js';
import type { BlockSettings } from './block-policy.js';
import type { KeeperSettings } from './log-keeper.js';

export function wantedWorkers(config: Config): number {
  return config.workers > 0 ? config.workers : Math.max(1, availableParallelism() - 1);
}

export function blockSettings(config: Config): BlockSettings {
  return {
    block: config['reserve-block'],
    blockMax: config['reserve-block-max'],
    threshold: config['reserve-threshold'],
    blockTimeMs: config['reserve-block-time'],
  };
}

export function keeperSettings(config: Config): KeeperSettings {
  return {
    dir: config.dir,
    fsync: config.fsync,
    compactPercentage: config['auto-compact-percentage'],
    compactMinSize: config['auto-compact-min-size'],
  };
}
