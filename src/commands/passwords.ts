import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '../config/config.js';

export const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';

/**
 * Whether the name and the password may come in. The only user is `default`; without `requirepass` any password is
 * right for it, as for Redis's `nopass`. The comparison takes the same time wherever the two differ.
 */
export function mayEnter(config: Config, user: Uint8Array, password: Uint8Array): boolean {
  const isUser = isSame(user, Buffer.from('default'));
  const isPassword = isSame(password, Buffer.from(config.requirepass));
  return isUser && (config.requirepass === '' || isPassword);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
