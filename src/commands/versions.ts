/** The Redis that we answer like, byte for byte; clients read features from it. */
export const REDIS_VERSION = '7.0.15';
