<?php
// The steps of test/clients/scenario.ts with phpredis.

function show($value): string {
    if ($value === null || $value === false) return 'nil';
    if ($value === true) return '1';
    if (is_array($value)) return implode(',', array_map('show', $value));
    return (string) $value;
}

function client(?string $port = null): Redis {
    $client = new Redis();
    $client->connect('127.0.0.1', (int) ($port ?? getenv('MATRIX_PORT')));
    return $client;
}

/** phpredis throws for some errors and keeps the text of others. */
function failure(Redis $client, callable $act): string {
    $client->clearLastError();
    try {
        $value = $act();
        return rtrim($client->getLastError() ?? show($value), "\0");
    } catch (RedisException $error) {
        return 'RedisException: ' . $error->getMessage();
    }
}

function counters(): array {
    $r = client();
    $said = [$r->incr('c'), $r->incrBy('c', 10), $r->decr('c'), $r->decrBy('c', 5), $r->get('c'), $r->get('none')];
    $r->set('c', 41);
    return [...$said, $r->incr('c'), $r->mGet(['c', 'none']), $r->exists('c'), $r->del('c'), $r->exists('c')];
}

function numbers(): array {
    $r = client();
    $r->set('big', 2 ** 53);
    $big = $r->incr('big');
    $r->set('low', '-9223372036854775807');
    return [$big, $r->get('big'), $r->decr('low')];
}

function errors(): array {
    $r = client();
    $r->set('max', PHP_INT_MAX);
    return [
        failure($r, fn () => $r->incr('max')),
        failure($r, fn () => $r->rawCommand('INCRBY', 'max', 'x')),
        failure($r, fn () => $r->rawCommand('GET')),
        failure($r, fn () => $r->rawCommand('NOSUCH', 'a')),
    ];
}

function expiry(): array {
    $r = client();
    $r->set('t', 5, ['ex' => 100]);
    $said = [$r->incr('t'), $r->ttl('t') > 90 && $r->ttl('t') <= 100];
    array_push($said, $r->expire('t', 50), $r->ttl('t') > 40 && $r->ttl('t') <= 50);
    array_push($said, $r->persist('t'), $r->ttl('t'), $r->pExpire('t', 1));
    while ($r->get('t') !== false);
    return [...$said, $r->ttl('t')];
}

function pipeline(): array {
    $pipe = client()->pipeline();
    for ($i = 0; $i < 1000; $i++) $pipe->incr('p');
    $taken = $pipe->exec();
    return [$taken[0], end($taken), $taken === range(1, 1000)];
}

function scanned(Redis $r, string $pattern): int {
    $r->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
    $found = [];
    $cursor = null;
    while ($names = $r->scan($cursor, $pattern, 100)) {
        foreach ($names as $name) $found[$name] = true;
    }
    return count($found);
}

function scan(): array {
    $r = client();
    for ($i = 0; $i < 300; $i++) $values["user:$i"] = $i;
    for ($i = 0; $i < 50; $i++) $values["other:$i"] = $i;
    $r->mSet($values);
    $some = $r->keys('other:1[0-2]');
    sort($some);
    return [scanned($r, 'user:*'), $some, scanned($r, '*er:*')];
}

/** subscribe() blocks until its connection is closed, and tells of no confirmation: so each listener is a process. */
function listen(string $how, string $name): void {
    $listener = client();
    $take = function (Redis $listener, string ...$parts) use ($how): void {
        echo implode(':', $how === 'subscribe' ? ['message', ...$parts] : ['pmessage', ...array_slice($parts, 1)]);
        $listener->close();
    };
    try {
        $listener->$how([$name], $take);
    } catch (RedisException) {
        // Closing is the way out of a subscription.
    }
}

function messages(): array {
    $r = client();
    foreach ([['subscribe', 'news'], ['psubscribe', 'n*s']] as $words) {
        $processes[] = proc_open([PHP_BINARY, __FILE__, 'listen', ...$words], [1 => ['pipe', 'w']], $pipes);
        $outputs[] = $pipes[1];
    }
    $listeners = fn () => $r->pubsub('numsub', ['news'])['news'] + $r->pubsub('numpat');
    while ($listeners() < 2);
    $receivers = $r->publish('news', 'hello');
    $heard = array_map('stream_get_contents', $outputs);
    array_map('proc_close', $processes);
    while ($listeners() > 0);
    return [$receivers, ...$heard, $r->publish('news', 'nobody')];
}

function database(): array {
    $other = client();
    $other->select(3);
    return [$other->incr('only-in-3'), $other->dbSize(), client()->exists('only-in-3')];
}

function name(): array {
    $r = client();
    $r->client('setname', 'matrix');
    return [$r->client('getname'), in_array('matrix', array_column($r->client('list'), 'name'))];
}

function info(): array {
    $r = client();
    $r->select(7);
    $r->mSet(['a' => 1, 'b' => 2]);
    $facts = $r->info();
    preg_match('/keys=(\d+)/', $facts['db7'], $keys);
    return [$facts['role'], $keys[1]];
}

function unix(): array {
    $r = new Redis();
    $r->connect(getenv('MATRIX_SOCKET'));
    return [$r->incr('c'), $r->incr('c')];
}

function reconnect(): array {
    $r = client();
    $first = $r->incr('again');
    client()->rawCommand('CLIENT', 'KILL', 'ID', $r->rawCommand('CLIENT', 'ID'));
    return [$first, $r->incr('again')];
}

function transaction(): array {
    $r = client();
    $taken = $r->multi()->incr('tx')->incrBy('tx', 4)->get('tx')->exec();
    $r->watch('tx');
    client()->incr('tx');
    $conflict = $r->multi()->incr('tx')->exec();
    return [$taken, $conflict, $r->get('tx')];
}

function script(): array {
    $r = client();
    $text = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    $sha = $r->script('load', $text);
    return [
        $r->eval($text, ['s', 5], 1),
        $r->evalSha($sha, ['s', 2], 1),
        failure($r, fn () => $r->evalSha(str_repeat('0', 40))),
    ];
}

function password(): array {
    $locked = client(getenv('MATRIX_LOCKED_PORT'));
    $refusals = [failure($locked, fn () => $locked->ping()), failure($locked, fn () => $locked->auth('wrong'))];
    $locked->auth('sesame');
    return [$locked->incr('c'), ...$refusals];
}

function user(): array {
    $r = client(getenv('MATRIX_LOCKED_PORT'));
    $r->auth(['counter', 'apple']);
    return [
        $r->incr('app:c'),
        $r->rawCommand('ACL', 'WHOAMI'),
        failure($r, fn () => $r->incr('c')),
        failure($r, fn () => $r->get('app:c')),
    ];
}

function tls(): array {
    $port = (int) getenv('MATRIX_TLS_PORT');
    $secure = new Redis();
    $secure->connect('tls://127.0.0.1', $port, 0, null, 0, 0, ['stream' => ['cafile' => getenv('MATRIX_CA')]]);
    $taken = [$secure->incr('secure'), $secure->incr('secure')];
    try {
        $isConnected = @(new Redis())->connect('tls://127.0.0.1', $port);
    } catch (RedisException) {
        $isConnected = false;
    }
    return [...$taken, $isConnected ? 'let in' : 'refused'];
}

if ($argv[1] === 'listen') {
    listen($argv[2], $argv[3]);
    exit;
}
foreach (array_slice($argv, 1) as $step) echo $step, ' ', implode(' ', array_map('show', $step())), "\n";
