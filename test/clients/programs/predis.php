<?php
// The steps of test/clients/scenario.ts with Predis.

require 'Predis/Autoloader.php';
Predis\Autoloader::register();

function show($value): string {
    if ($value === null) return 'nil';
    if (is_bool($value)) return (string) (int) $value;
    if (is_array($value)) return implode(',', array_map('show', $value));
    return (string) $value;
}

function client(array $parameters = [], ?array $options = null): Predis\Client {
    return new Predis\Client($parameters + ['host' => '127.0.0.1', 'port' => getenv('MATRIX_PORT'), 'timeout' => 20], $options);
}

function locked(array $parameters = []): Predis\Client {
    return client($parameters + ['port' => getenv('MATRIX_LOCKED_PORT')]);
}

function failure(callable $act): string {
    try {
        return show($act());
    } catch (Predis\PredisException $error) {
        return get_class($error) . ': ' . $error->getMessage();
    }
}

function counters(): array {
    $r = client();
    $said = [$r->incr('c'), $r->incrby('c', 10), $r->decr('c'), $r->decrby('c', 5), $r->get('c'), $r->get('none')];
    $r->set('c', 41);
    return [...$said, $r->incr('c'), $r->mget('c', 'none'), $r->exists('c'), $r->del('c'), $r->exists('c')];
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
        failure(fn () => $r->incr('max')),
        failure(fn () => $r->incrby('max', 'x')),
        failure(fn () => $r->get()),
        failure(fn () => $r->executeCommand(new Predis\Command\RawCommand(['NOSUCH', 'a']))),
    ];
}

function expiry(): array {
    $r = client();
    $r->set('t', 5, 'EX', 100);
    $said = [$r->incr('t'), $r->ttl('t') > 90 && $r->ttl('t') <= 100];
    array_push($said, $r->expire('t', 50), $r->ttl('t') > 40 && $r->ttl('t') <= 50);
    array_push($said, $r->persist('t'), $r->ttl('t'), $r->pexpire('t', 1));
    while ($r->get('t') !== null);
    return [...$said, $r->ttl('t')];
}

function pipeline(): array {
    $taken = client()->pipeline(function ($pipe) {
        for ($i = 0; $i < 1000; $i++) $pipe->incr('p');
    });
    return [$taken[0], end($taken), $taken === range(1, 1000)];
}

function scan(): array {
    $r = client();
    for ($i = 0; $i < 300; $i++) $values["user:$i"] = $i;
    for ($i = 0; $i < 50; $i++) $values["other:$i"] = $i;
    $r->mset($values);
    $some = $r->keys('other:1[0-2]');
    sort($some);
    $scanned = fn ($pattern) => count(array_unique([...new Predis\Collection\Iterator\Keyspace($r, $pattern, 100)]));
    return [$scanned('user:*'), $some, $scanned('*er:*')];
}

function messages(): array {
    $r = client();
    $loop = client(['read_write_timeout' => 10])->pubSubLoop();
    $loop->subscribe('news');
    $loop->psubscribe('n*s');
    $heard = [];
    foreach ($loop as $message) {
        if ($message->kind === 'psubscribe') $receivers = $r->publish('news', 'hello');
        if (isset($message->payload) && str_ends_with($message->kind, 'message')) {
            $heard[] = "$message->kind:$message->channel:$message->payload";
        }
        if (count($heard) === 2) $loop->stop();
    }
    return [$receivers, ...$heard, $r->publish('news', 'nobody')];
}

function database(): array {
    $other = client(['database' => 3]);
    return [$other->incr('only-in-3'), $other->dbsize(), client()->exists('only-in-3')];
}

function name(): array {
    $r = client();
    $r->client('setname', 'matrix');
    return [$r->client('getname'), in_array('matrix', array_column($r->client('list'), 'name'))];
}

function info(): array {
    $r = client(['database' => 7]);
    $r->mset(['a' => 1, 'b' => 2]);
    $facts = $r->info();
    return [$facts['Replication']['role'], $facts['Keyspace']['db7']['keys']];
}

function unix(): array {
    $r = client(['scheme' => 'unix', 'path' => getenv('MATRIX_SOCKET')]);
    return [$r->incr('c'), $r->incr('c')];
}

function transaction(): array {
    $r = client();
    $taken = $r->transaction(fn ($tx) => $tx->incr('tx')->incrby('tx', 4)->get('tx'));
    $tx = $r->transaction(['cas' => true, 'watch' => 'tx']);
    $tx->get('tx');
    client()->incr('tx');
    $tx->multi();
    $tx->incr('tx');
    try {
        $conflict = $tx->execute();
    } catch (Predis\Transaction\AbortedMultiExecException) {
        $conflict = null;
    }
    return [$taken, $conflict, $r->get('tx')];
}

function script(): array {
    $r = client();
    $text = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    $sha = $r->script('load', $text);
    return [
        $r->eval($text, 1, 's', 5),
        $r->evalsha($sha, 1, 's', 2),
        failure(fn () => $r->evalsha(str_repeat('0', 40), 0)),
    ];
}

function password(): array {
    return [
        locked(['password' => 'sesame'])->incr('c'),
        failure(fn () => locked()->ping()),
        failure(fn () => locked(['password' => 'wrong'])->ping()),
    ];
}

function user(): array {
    $r = locked(['username' => 'counter', 'password' => 'apple']);
    return [
        $r->incr('app:c'),
        $r->executeCommand(new Predis\Command\RawCommand(['ACL', 'WHOAMI'])),
        failure(fn () => $r->incr('c')),
        failure(fn () => $r->get('app:c')),
    ];
}

function tls(): array {
    $secure = ['scheme' => 'tls', 'port' => getenv('MATRIX_TLS_PORT')];
    // It goes first, since Predis keeps the authority for later connections.
    try {
        $stranger = @client($secure)->ping();
    } catch (Predis\Connection\ConnectionException) {
        $stranger = 'refused';
    }
    $r = client($secure + ['ssl' => ['cafile' => getenv('MATRIX_CA')]]);
    return [$r->incr('secure'), $r->incr('secure'), $stranger];
}

foreach (array_slice($argv, 1) as $step) echo $step, ' ', implode(' ', array_map('show', $step())), "\n";
