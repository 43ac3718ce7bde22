import { createHash } from 'node:crypto';
import { translate } from './differences.js';
import type { Random } from './random.js';
import { integer, key } from './sample.js';
import type { TestCommand } from './stream.js';

/** Random small scripts in Lua: over random commands, with all kinds of values, mistakes among them. */

/** What a script may not run, what is told of the server as a whole, or what would end it. */
const LEFT_OUT = new Set([
  ...['shutdown', 'bgsave', 'info', 'command', 'config', 'quit', 'client', 'module', 'select'],
  ...['swapdb', 'flushall', 'flushdb', 'eval', 'evalsha', 'eval_ro', 'evalsha_ro', 'script'],
]);

const NUMBERS = [
  ...['0', '1', '-1', '3', '7', '10', '-12', '255', '256', '65536', '1.5', '-0.5', '3.999', '0.1'],
  ...['2^31', '-2^31', '2^32', '2^53', '2^53+2', '-2^53', '2^63', '-2^63', '2^64', '1e15', '1e16'],
  ...[
    '1e100',
    '-1e100',
    '1e-5',
    '100000000000000',
    '1/0',
    '-1/0',
    '0/0',
    '0x10',
    '-0',
    '123456789.125',
  ],
];
const STRUCTS = ['>I2sI2', '<dsf', 'bc0i', '!hsd', 'ic2i3', 'q', '>Ls', 'xbx', ''];
/** Where the C library would cut others to 32 bits. */
const SMALL = ['0', '1', '2', '3', '-1', '-2', '10', '2.7', '"2"', 'nil'];
/** An error without words makes Redis 7.0.15 end. */
const THROWN = [
  '"boom"',
  '"a\\000b"',
  '7',
  'nil',
  'true',
  'KEYS[1]',
  '{err = "MY words"}',
  '{err = ARGV[1]}',
  'redis.error_reply("x")',
  '""',
];
const STRINGS = [
  ...['', 'a', 'abc', 'hello world', '10', '-7', ' 12 ', '0x1F', '1e3', '1.50', 'nan', 'inf', '-'],
  ...['a\0b', '\r\n', '\xff\xfe', 'ERR x', '%d', '%', 'a,b,c', '[1,2]', '\x01', '\x02\x01', '"\\/'],
];
const PATTERNS = [
  '.',
  '%d+',
  '(%a)(%d)',
  '^a',
  'l+',
  '%s',
  '[a-c]',
  '',
  'x*',
  '(',
  '%',
  '[',
  '()',
  'b$',
];
const FORMATS = [
  '%d',
  '%s',
  '%5.1f',
  '%x',
  '%X',
  '%o',
  '%c',
  '%q',
  '%%',
  '%g',
  '%e',
  '%i',
  '%u',
  '%05d',
  '%-5d|',
  '%+d',
  '%.3s',
  '%10s',
  '%y',
  '%',
  '%s %s',
  '%.14g',
  '%.17g',
];

export function quoted(text: string): string {
  const escaped = text.replace(
    /[^ !#-[\]-~]/g,
    (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`,
  );
  return `"${escaped}"`;
}

/** A script under construction, with the keys and arguments that it speaks of. */
class Writer {
  readonly keys: string[] = [];
  readonly words: string[] = [];
  readonly #random: Random;
  readonly #command: () => TestCommand;

  constructor(random: Random, command: () => TestCommand) {
    this.#random = random;
    this.#command = command;
  }

  script(): string {
    const random = this.#random;
    const lines = Array.from({ length: random.between(0, 3) }, () => this.#statement(2));
    if (random.chance(0.95)) lines.push(this.#end());
    return lines.join(random.chance(0.3) ? '\n' : ' ');
  }

  #end(): string {
    const random = this.#random;
    const e = () => this.#expression(3);
    return random.pick([
      () => `return ${e()}`,
      () => `return ${e()}`,
      () => `return ${this.#call(2)}`,
      () => `return {${e()}, ${e()}, ${e()}}`,
      () => `return ${e()}, ${e()}`,
      () => `local ok, e = pcall(function() return ${e()} end) return {tostring(ok), ${SHOWN}}`,
      () =>
        `local ok, e = pcall(function() ${this.#statement(2)} end) return {tostring(ok), ${SHOWN}}`,
      () => `error(${random.pick(THROWN)})`,
      () => `return redis.error_reply(${e()})`,
      () => `return redis.status_reply(${e()})`,
      () => `return ${this.#reply(2)}`,
    ])();
  }

  #statement(depth: number): string {
    const random = this.#random;
    const e = () => this.#expression(depth - 1);
    const name = random.pick(['a', 'b', 'c']);
    if (depth <= 0) return `local ${name} = ${e()}`;
    return random.pick([
      () => `local ${name} = ${e()}`,
      () => `local ${name} = ${e()}`,
      () => this.#call(depth),
      () => this.#call(depth),
      () => `if ${e()} then ${this.#statement(depth - 1)} else ${this.#statement(depth - 1)} end`,
      () => `for i = 1, ${random.between(0, 3)} do ${this.#statement(depth - 1)} end`,
      () => `for _, v in ipairs({${e()}, ${e()}}) do ${this.#statement(depth - 1)} end`,
      () => `redis.setresp(${random.pick(['2', '3', '3', '4', '"3"', e()])})`,
      () => `local ${name} = {} ${name}[${e()}] = ${e()}`,
      () => `local ${name} = function(x) return ${e()} end local b = ${name}(${e()})`,
      () => `assert(${e()}, ${e()})`,
      () =>
        `${random.pick(['x', 'a', 'KEYS', 'redis', 'string', '_G'])}${random.pick(['', '.y'])} = ${e()}`,
      () => `redis.log(${e()}, ${e()})`,
      () =>
        `local n = 0 for v in function() n = n + 1 if n == 1 then return ${e()} end end do ${this.#statement(depth - 1)} end`,
      () =>
        `local a = setmetatable({}, {__newindex = function() ${this.#statement(depth - 1)} end}) a.x = 1`,
      () =>
        `local a = setmetatable({}, {__call = function(_, x) return ${e()} end}) local b = a(${e()})`,
    ])();
  }

  #expression(depth: number): string {
    const random = this.#random;
    if (depth <= 0 || random.chance(0.25)) return this.#literal();
    const e = () => this.#expression(depth - 1);
    return random.pick([
      () => this.#call(depth),
      () => this.#call(depth),
      () => this.#call(depth),
      () => this.#function(depth),
      () => this.#function(depth),
      () => this.#function(depth),
      () => this.#reply(depth),
      () => `${e()} ${random.pick(['+', '-', '*', '/', '%', '^', '..', '..'])} ${e()}`,
      () => `(${e()} ${random.pick(['==', '~=', '<', '<=', 'and', 'or'])} ${e()})`,
      () => `${random.pick(['-', '#', 'not '])}(${e()})`,
      () => `{${e()}, ${e()}}`,
      () => `(${e()})${random.pick(['.err', '.ok', '[1]', '.x', '[2]', '.map', '.double'])}`,
      () => `(function() return ${e()} end)()`,
      () => `pcall(function() return ${e()} end)`,
      () => `select(${random.pick(['1', '2', '-1', '"#"', '0'])}, ${e()}, ${e()})`,
    ])();
  }

  #literal(): string {
    const random = this.#random;
    return random.pick([
      () => random.pick(NUMBERS),
      () => random.pick(NUMBERS),
      () => quoted(random.pick(STRINGS)),
      () => quoted(random.pick(STRINGS)),
      () => random.pick(['nil', 'true', 'false', '{}', 'a', 'b', 'x', 'i', 'cjson.null']),
      () => random.pick(['KEYS[1]', 'ARGV[1]', 'ARGV[2]', '#ARGV', '#KEYS', 'KEYS', 'ARGV']),
    ])();
  }

  /** What becomes a reply of its own kind. */
  #reply(depth: number): string {
    const random = this.#random;
    const e = () => this.#expression(depth - 1);
    return random.pick([
      () => `{ok = ${e()}}`,
      () => `{err = ${e()}}`,
      () => `{double = ${e()}}`,
      () => `{map = {x = ${e()}}}`,
      () => `{set = {x = ${e()}}}`,
      () => `{big_number = ${e()}}`,
      () => `{verbatim_string = {format = ${e()}, string = ${e()}}}`,
      () => `{verbatim_string = {format = "txt", string = ${e()}}}`,
      () => `{${e()}, nil, ${e()}}`,
      () => `{1, {2, {${e()}, {${e()}}}}}`,
    ])();
  }

  /** A command with words that both servers take in the same way. */
  #call(depth: number): string {
    const random = this.#random;
    const how = random.pick(['redis.call', 'redis.call', 'redis.pcall']);
    const e = () => this.#expression(depth - 1);
    const kind = random.next();
    if (kind < 0.08) return `${how}(${random.pick(['"echo"', '"get"', '"exists"'])}, ${e()})`;
    if (kind < 0.1) return `${how}(${random.pick(['', '{}', 'nil', e(), '"get"', '"nosuch", 1'])})`;
    const { arguments: words } = this.#harmless();
    return `${how}(${words.map((word) => this.#word(word)).join(', ')})`;
  }

  #harmless(): TestCommand {
    for (;;) {
      const command = this.#command();
      const [name = ''] = command.arguments;
      if (LEFT_OUT.has(name.toLowerCase()) || command.compare !== 'bytes') continue;
      if (translate(command.arguments) === undefined) return command;
    }
  }

  #word(word: string): string {
    const random = this.#random;
    if (/^-?[1-9][0-9]{0,14}$/.test(word) && random.chance(0.3)) return word;
    if (random.chance(0.15)) return `KEYS[${this.keys.push(word)}]`;
    if (random.chance(0.15)) return `ARGV[${this.words.push(word)}]`;
    return quoted(word);
  }

  #function(depth: number): string {
    const random = this.#random;
    const e = () => this.#expression(depth - 1);
    const pattern = () => quoted(random.pick(PATTERNS));
    const number = () => random.pick(NUMBERS);
    const small = () => random.pick(SMALL);
    const text = () => quoted(random.pick(STRINGS));
    return random.pick([
      () => `string.format(${quoted(random.pick(FORMATS))}, ${e()}, ${e()})`,
      () => `string.format(${quoted(random.pick(FORMATS))}, ${number()}, ${number()})`,
      () => `string.${random.pick(['len', 'upper', 'lower', 'reverse', 'byte'])}(${e()})`,
      () => `string.sub(${e()}, ${small()}, ${small()})`,
      () => `string.rep(${e()}, ${random.pick(['0', '3', '-1', '2.7', '"2"', 'nil'])})`,
      () => `string.char(${random.pick(['65', '0', '255', '256', '-1', '65, 66', '"67"', 'nil'])})`,
      () => `string.${random.pick(['find', 'match'])}(${text()}, ${pattern()})`,
      () => `string.${random.pick(['find', 'match', 'gsub'])}(${e()}, ${pattern()}, ${small()})`,
      () =>
        `string.gsub(${text()}, ${pattern()}, ${random.pick(['"<%0>"', '"%1"', '"%"', '"x"', '{a = 1}', 'function(x) return x end', 'function() return nil end', 'function(x) return {} end'])})`,
      () => `(${text()}):${random.pick(['len', 'upper', 'nosuch', 'byte'])}()`,
      () => `tostring(${this.#plain(depth)})`,
      () => `tonumber(${e()})`,
      () => `tonumber(${text()}, ${random.pick(['2', '10', '16', '36', '37', '8'])})`,
      () => `type(${e()})`,
      () => `math.${random.pick(['floor', 'ceil', 'abs', 'sqrt', 'log', 'exp'])}(${e()})`,
      () =>
        `math.${random.pick(['max', 'min', 'fmod', 'pow', 'mod', 'nosuch'])}(${number()}, ${e()})`,
      () => `math.${random.pick(['floor', 'ceil', 'abs', 'modf', 'frexp'])}(${number()})`,
      () => `table.concat({${e()}, ${e()}}, ${random.pick(['","', 'nil', '1', '{}'])})`,
      () =>
        `table.concat({1, "x", 2.5}, ${random.pick(['","', '", "', '1'])}, ${small()}, ${random.pick(['1', '2', '3', '4'])})`,
      () => `table.${random.pick(['getn', 'maxn', 'remove', 'sort', 'insert'])}(${e()})`,
      () => `unpack(${random.pick(['{1, 2}', '{}', e()])})`,
      () =>
        `bit.${random.pick(['tobit', 'bnot', 'bswap', 'tohex'])}(${random.pick([number(), number(), e()])})`,
      () =>
        `bit.${random.pick(['band', 'bor', 'bxor'])}(${number()}, ${number()}${random.pick(['', `, ${number()}`])})`,
      () =>
        `bit.${random.pick(['lshift', 'rshift', 'arshift', 'rol', 'ror', 'tohex'])}(${number()}, ${random.pick([number(), '4', '31', '32', '-1'])})`,
      () => `bit.${random.pick(['band', 'tobit', 'lshift', 'bswap'])}(${e()})`,
      () => `cjson.encode(${e()})`,
      () => `cjson.encode({a = ${e()}})`,
      () => `cjson.encode({${e()}, ${e()}})`,
      () => `cjson.decode(${quoted(random.pick(JSONS))})`,
      () => `cjson.encode(cjson.decode(${quoted(random.pick(JSONS))}))`,
      () => `cjson.decode(${e()})`,
      () => `redis.sha1hex(${e()})`,
      () => `cmsgpack.pack(${e()}, ${number()})`,
      () => `cmsgpack.unpack(cmsgpack.pack(${e()}))`,
      () => `cmsgpack.unpack(${e()})`,
      () => `struct.pack(${quoted(random.pick(STRUCTS))}, ${number()}, ${text()}, ${number()})`,
      () => `struct.unpack(${quoted(random.pick(STRUCTS))}, ${text()})`,
      () =>
        `struct.unpack("<dfhBi8", struct.pack("<dfhBi8", ${number()}, ${number()}, ${number()}, ${number()}, ${number()}))`,
      () => `redis.${random.pick(['error_reply', 'status_reply'])}(${e()})`,
      () => `loadstring(${random.pick(['"return 5"', '"return x"', '"("', e()])})`,
      () => `(loadstring(${random.pick(['"return 5"', '"return x"', '"return KEYS[1]"'])}))()`,
      () => `next(${random.pick(['{}', '{7}', '{a = 1}', e()])})`,
      () => `rawget(${e()}, ${e()})`,
      () => `rawequal(${e()}, ${e()})`,
      () => `setmetatable({}, {__index = function(t, k) return ${e()} end}).x`,
      () => `coroutine.wrap(function() return ${e()} end)()`,
      () =>
        `setmetatable({}, {${random.pick(['__add', '__concat', '__unm', '__lt', '__eq', '__len'])} = function() return ${e()} end}) ${random.pick(['+', '..', '<'])} 1`,
      () =>
        `tostring(setmetatable({}, {__tostring = function() return ${text()} .. ${this.#literal()} end}))`,
      () => `pcall(redis.call, ${e()})`,
      () => `pcall(${e()})`,
      () =>
        `xpcall(function() return ${e()} end, function(x) return type(x) == "table" and x.err or x end)`,
      () =>
        `redis.acl_check_cmd(${random.pick(['"get"', '"get", "x"', '"nosuch"', '"config", "get"', ''])})`,
      () => `coroutine.resume(coroutine.create(function() return ${e()} end))`,
      () => `error(${random.pick(THROWN)}${random.pick(['', ', 0', ', 2'])})`,
    ])();
  }

  /** No table or function, whose place in memory `tostring` would tell. */
  #plain(depth: number): string {
    return this.#random.chance(0.5)
      ? this.#literal().replace(/^(KEYS|ARGV|\{\})$/, '1')
      : `#(${this.#expression(depth - 1)})`;
  }
}

/** What an error is, in words. */
const SHOWN =
  '(type(e) == "table" and (e.err or e.ok or #e)) or type(e) == "function" and "f" or e';

const JSONS = [
  ...[
    '1',
    '-1.5',
    '1e3',
    '"x"',
    'null',
    'true',
    '[]',
    '{}',
    '[1,2,3]',
    '{"a":1}',
    '{"a":{"b":[1,null,"x"]}}',
  ],
  ...[
    '[1,',
    '{"a"',
    '{"a":}',
    '[1 2]',
    '',
    ' ',
    'nul',
    'tru',
    '"\\u00e9\\n"',
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\x"',
  ],
  ...[
    '01',
    '1.',
    '.5',
    '+1',
    '0x10',
    'nan',
    'inf',
    '-',
    '1e',
    '[1,]',
    '{,}',
    '"a',
    '{"1":1,"2":2}',
    '[[[[1]]]]',
    '12345678901234567890',
    ' [ 1 , 2 ] ',
  ],
];

/** EVAL or one of its kin, over commands that `command` makes. */
export function randomScript(random: Random, command: () => TestCommand): readonly string[] {
  const writer = new Writer(random, command);
  let script = writer.script();
  if (random.chance(0.03))
    script = `#!lua${random.pick(['', ' flags=no-writes', ' flags=x'])}\n${script}`;
  const keys = writer.keys.length > 0 ? writer.keys : [key(random)];
  const words = [...writer.words, integer(random), random.pick(STRINGS)];
  const isReadOnly = random.chance(0.05);
  // Another number of keys would make other words of the script's arguments.
  const count = random.chance(0.97)
    ? String(keys.length)
    : random.pick(['-1', '-9', '99', 'x', '', '1.5', '+1', '01', '9223372036854775808']);
  if (random.chance(0.05)) {
    const id = createHash('sha1').update(script, 'latin1').digest('hex');
    return [isReadOnly ? 'evalsha_ro' : 'evalsha', id, count, ...keys, ...words];
  }
  return [isReadOnly ? 'eval_ro' : 'eval', script, count, ...keys, ...words];
}
