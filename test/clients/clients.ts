import { npm, type Program, PYTHON } from './program.js';
import { STEPS, type StepName } from './scenario.js';

/** A client library, and the program that plays the steps with it. */
export interface Client extends Program {
  /** What the library can't do. */
  readonly without: readonly StepName[];
}

const ALL = STEPS.map((step) => step.name);

export function stepsOf(client: Client): StepName[] {
  return ALL.filter((name) => !client.without.includes(name));
}

export const CLIENTS: readonly Client[] = [
  {
    name: 'ioredis',
    ...npm('ioredis', 'ioredis.js'),
    environment: { MATRIX_MODULE: 'ioredis' },
    without: [],
  },
  {
    name: 'iovalkey',
    ...npm('iovalkey', 'ioredis.js'),
    environment: { MATRIX_MODULE: 'iovalkey' },
    without: [],
  },
  { name: 'node-redis', ...npm('redis', 'node_redis.js'), without: [] },
  {
    name: 'valkey-glide',
    ...npm('@valkey/valkey-glide', 'glide.js'),
    without: ['numbers', 'unix'],
  },
  {
    name: 'redis-py',
    package: { debian: 'python3-redis', version: '4.3.4' },
    probe: [PYTHON, '-c', 'import redis; print(redis.__version__)'],
    command: [PYTHON, 'python_redis.py'],
    without: [],
  },
  {
    name: 'redis-rb',
    package: { debian: 'ruby-redis', version: '4.8.0' },
    probe: ['ruby', '-e', 'require "redis"; puts Redis::VERSION'],
    command: ['ruby', 'ruby_redis.rb'],
    without: [],
  },
  {
    name: 'phpredis',
    package: { debian: 'php-redis', version: '5.3.7' },
    probe: ['php', '-r', 'new Redis(); echo phpversion("redis");'],
    command: ['php', 'phpredis.php'],
    without: [],
  },
  {
    name: 'Predis',
    package: { debian: 'php-nrk-predis', version: '1.1.10' },
    probe: [
      'php',
      '-r',
      'require "Predis/Autoloader.php"; Predis\\Autoloader::register(); echo Predis\\Client::VERSION;',
    ],
    command: ['php', 'predis.php'],
    without: ['reconnect'],
  },
  { name: 'Redis.pm', ...perl('Redis', 'libredis-perl', '2.000'), without: [] },
  {
    name: 'Redis::Fast',
    ...perl('Redis::Fast', 'libredis-fast-perl', '0.34'),
    without: ['user', 'tls'],
  },
  {
    name: 'hiredis',
    package: { debian: 'libhiredis-dev', version: '0.14.1' },
    probe: [
      'sh',
      '-c',
      'echo "#include <hiredis/hiredis.h>\nHIREDIS_MAJOR.HIREDIS_MINOR.HIREDIS_PATCH" | gcc -E -P - | tail -1 | tr -d " "',
    ],
    command: ['hiredis.c'],
    without: ['tls'],
  },
];

function perl(module: string, debian: string, version: string): Omit<Program, 'name'> {
  return {
    package: { debian, version },
    probe: ['perl', `-M${module}`, '-e', `print ${module}->VERSION`],
    command: ['perl', 'perl_redis.pl'],
    environment: { MATRIX_MODULE: module },
  };
}
