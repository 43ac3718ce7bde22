import { npm, type Program, PYTHON } from './program.js';

/** A framework or library that counts in the server, and a program that lets it count. */
export interface CountingPackage extends Program {
  /** What it is made to do; the names of the steps in front. */
  readonly steps: Readonly<Record<string, string>>;
}

export const COUNTING: readonly CountingPackage[] = [
  {
    name: 'rate-limiter-flexible',
    ...npm('rate-limiter-flexible', 'rate_limiter_flexible.js'),
    steps: {
      consume: 'points up to the limit and beyond',
      together: '150 takes of 100 points at once',
      change: 'penalty, reward, set, delete',
      block: 'blocked, and blocked by what was consumed',
      nonatomic: 'the limiter that uses no script',
    },
  },
  {
    name: 'express-rate-limit with rate-limit-redis',
    ...npm('rate-limit-redis', 'express_rate_limit.js'),
    steps: {
      requests: 'requests up to the limit and beyond',
      together: '20 requests at once',
      store: 'increment, decrement, get, reset',
    },
  },
  {
    name: 'limits',
    package: { debian: 'python3-limits', version: '2.8.0' },
    probe: [PYTHON, '-c', 'import limits; print(limits.__version__)'],
    command: [PYTHON, 'python_limits.py'],
    steps: {
      fixed: 'a fixed window up to its limit and beyond',
      elastic: 'a window that begins anew with each hit',
      clear: 'one limit, then all of them taken back',
    },
  },
  {
    name: 'Flask-Limiter',
    package: { debian: 'python3-flask-limiter', version: '3.3.0' },
    probe: [PYTHON, '-c', 'import flask_limiter; print(flask_limiter.__version__)'],
    command: [PYTHON, 'flask_limiter_app.py'],
    steps: { requests: 'requests up to the limit and beyond' },
  },
  {
    name: 'django-redis',
    package: { debian: 'python3-django-redis', version: '5.2.0' },
    probe: [PYTHON, '-c', 'import django_redis; print(django_redis.__version__)'],
    command: [PYTHON, 'django_redis_cache.py'],
    steps: {
      count: '`incr` and `decr` of the cache',
      expire: '`ttl`, `expire`, `persist`, `touch`, `add`',
      many: '`set_many`, `get_many`, `keys`, `delete_pattern`',
    },
  },
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
