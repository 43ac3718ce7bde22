# The steps of test/clients/scenario.ts with Redis.pm, or with another module of its interface: MATRIX_MODULE.
use strict;
use warnings;

my $module = $ENV{MATRIX_MODULE};
eval "require $module; 1" or die $@;

sub client { return $module->new(server => "127.0.0.1:$ENV{MATRIX_PORT}", @_) }
sub locked { return $module->new(server => "127.0.0.1:$ENV{MATRIX_LOCKED_PORT}", @_) }

sub show {
    my ($value) = @_;
    return 'nil' unless defined $value;
    return ref $value eq 'ARRAY' ? join(',', map { show($_) } @$value) : $value;
}

# An error names the place in this file, which is no matter of the server's.
sub failure {
    my ($act) = @_;
    my $value = eval { $act->() };
    return show($value) unless $@;
    my ($text) = split /,  at | at \S+ line/, $@;
    return $text;
}

sub between { my ($low, $value, $high) = @_; return $low < $value && $value <= $high ? 1 : 0 }

my %steps = (
    counters => sub {
        my $r = client();
        my @said = ($r->incr('c'), $r->incrby('c', 10), $r->decr('c'), $r->decrby('c', 5));
        push @said, scalar $r->get('c'), scalar $r->get('none');
        $r->set('c', 41);
        return (@said, $r->incr('c'), [$r->mget('c', 'none')], $r->exists('c'), $r->del('c'), $r->exists('c'));
    },
    numbers => sub {
        my $r = client();
        $r->set('big', '9007199254740992');
        my $big = $r->incr('big');
        $r->set('low', '-9223372036854775807');
        return ($big, $r->get('big'), $r->decr('low'));
    },
    errors => sub {
        my $r = client();
        $r->set('max', '9223372036854775807');
        return map { failure($_) } sub { $r->incr('max') }, sub { $r->incrby('max', 'x') }, sub { $r->get() },
            sub { $r->nosuch('a') };
    },
    expiry => sub {
        my $r = client();
        $r->set('t', 5, 'EX', 100);
        my @said = ($r->incr('t'), between(90, $r->ttl('t'), 100));
        push @said, $r->expire('t', 50), between(40, $r->ttl('t'), 50), $r->persist('t'), $r->ttl('t');
        push @said, $r->pexpire('t', 1);
        1 while defined $r->get('t');
        return (@said, $r->ttl('t'));
    },
    pipeline => sub {
        my $r = client();
        my @taken;
        $r->incr('p', sub { push @taken, $_[0] }) for 1 .. 1000;
        $r->wait_all_responses;
        return ($taken[0], $taken[-1], "@taken" eq join(' ', 1 .. 1000) ? 1 : 0);
    },
    scan => sub {
        my $r = client();
        $r->mset(map { ("user:$_", $_) } 0 .. 299);
        $r->mset(map { ("other:$_", $_) } 0 .. 49);
        my $scanned = sub {
            my ($pattern) = @_;
            my %found;
            my $cursor = 0;
            do {
                ($cursor, my $names) = $r->scan($cursor, 'MATCH', $pattern, 'COUNT', 100);
                $found{$_} = 1 for @$names;
            } while ($cursor ne '0');
            return scalar keys %found;
        };
        return ($scanned->('user:*'), [sort $r->keys('other:1[0-2]')], $scanned->('*er:*'));
    },
    messages => sub {
        my ($r, $listener) = (client(), client());
        my @heard;
        my $take = sub {
            my ($text, $channel, $name) = @_;
            push @heard, join(':', $name eq $channel ? 'message' : 'pmessage', $channel, $text);
        };
        $listener->subscribe('news', $take);
        $listener->psubscribe('n*s', $take);
        my $receivers = $r->publish('news', 'hello');
        $listener->wait_for_messages(0.02) while @heard < 2;
        $listener->unsubscribe('news', $take);
        $listener->punsubscribe('n*s', $take);
        return ($receivers, @heard, $r->publish('news', 'nobody'));
    },
    database => sub {
        my $other = client();
        $other->select(3);
        return ($other->incr('only-in-3'), $other->dbsize, client()->exists('only-in-3'));
    },
    name => sub {
        my $r = client(name => 'matrix');
        return ($r->client_getname, scalar grep { /\bname=matrix\b/ } split /\n/, join "\n", $r->client_list);
    },
    info => sub {
        my $r = client();
        $r->select(7);
        $r->mset('a', 1, 'b', 2);
        my $facts = $r->info;
        return ($facts->{role}, $facts->{db7} =~ /keys=(\d+)/);
    },
    unix => sub {
        my $r = $module->new(sock => $ENV{MATRIX_SOCKET});
        return ($r->incr('c'), $r->incr('c'));
    },
    reconnect => sub {
        my $r = client(reconnect => 2, every => 1000);
        my $first = $r->incr('again');
        client()->client_kill('ID', $r->client_id);
        return ($first, $r->incr('again'));
    },
    transaction => sub {
        my $r = client();
        $r->multi;
        $r->incr('tx');
        $r->incrby('tx', 4);
        $r->get('tx');
        my @taken = $r->exec;
        $r->watch('tx');
        client()->incr('tx');
        $r->multi;
        $r->incr('tx');
        my $conflict = $r->exec;
        return ([@taken], $conflict, $r->get('tx'));
    },
    script => sub {
        my $r = client();
        my $text = q{return redis.call('INCRBY', KEYS[1], ARGV[1])};
        my $sha = $r->script_load($text);
        return ($r->eval($text, 1, 's', 5), $r->evalsha($sha, 1, 's', 2), failure(sub { $r->evalsha('0' x 40, 0) }));
    },
    password => sub {
        my @refusals = (failure(sub { locked()->incr('c') }), failure(sub { locked(password => 'wrong') }));
        return (locked(password => 'sesame')->incr('c'), @refusals);
    },
    user => sub {
        my $r = locked(username => 'counter', password => 'apple');
        return ($r->incr('app:c'), $r->acl('WHOAMI'), failure(sub { $r->incr('c') }), failure(sub { $r->get('app:c') }));
    },
    tls => sub {
        my @secure = (server => "127.0.0.1:$ENV{MATRIX_TLS_PORT}", ssl => 1, SSL_verify_mode => 1);
        # The module has no setting for the authority; what is set here stays.
        my $stranger = eval { $module->new(@secure)->ping } // 'refused';
        IO::Socket::SSL::set_defaults(SSL_ca_file => $ENV{MATRIX_CA});
        my $r = $module->new(@secure);
        return ($r->incr('secure'), $r->incr('secure'), $stranger);
    },
);

for my $step (@ARGV) {
    print join(' ', $step, map { show($_) } $steps{$step}->()), "\n";
}
