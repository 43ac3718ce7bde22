# The steps of test/clients/scenario.ts with redis-rb.
require 'redis'

PORT = Integer(ENV.fetch('MATRIX_PORT'))
LOCKED_PORT = Integer(ENV.fetch('MATRIX_LOCKED_PORT'))

def show(value)
  case value
  when nil then 'nil'
  when true then '1'
  when false then '0'
  when Array then value.map { |each| show(each) }.join(',')
  else value.to_s
  end
end

def failure
  yield
rescue Redis::BaseError => e
  "#{e.class}: #{e.message}"
end

def client(**options)
  Redis.new(host: '127.0.0.1', port: PORT, timeout: 20, **options)
end

def locked(**options)
  client(port: LOCKED_PORT, **options)
end

STEPS = {
  'counters' => lambda {
    r = client
    said = [r.incr('c'), r.incrby('c', 10), r.decr('c'), r.decrby('c', 5), r.get('c'), r.get('none')]
    r.set('c', 41)
    said + [r.incr('c'), r.mget('c', 'none'), r.exists('c'), r.del('c'), r.exists('c')]
  },
  'numbers' => lambda {
    r = client
    r.set('big', 2**53)
    big = r.incr('big')
    r.set('low', 1 - (2**63))
    [big, r.get('big'), r.decr('low')]
  },
  'errors' => lambda {
    r = client
    r.set('max', (2**63) - 1)
    [failure { r.incr('max') }, failure { r.incrby('max', 'x') }, failure { r.call('GET') },
     failure { r.call('NOSUCH', 'a') }]
  },
  'expiry' => lambda {
    r = client
    r.set('t', 5, ex: 100)
    said = [r.incr('t'), r.ttl('t').between?(91, 100)]
    said += [r.expire('t', 50), r.ttl('t').between?(41, 50), r.persist('t'), r.ttl('t'), r.pexpire('t', 1)]
    nil until r.get('t').nil?
    said << r.ttl('t')
  },
  'pipeline' => lambda {
    taken = client.pipelined { |pipe| 1000.times { pipe.incr('p') } }
    [taken.first, taken.last, taken == (1..1000).to_a]
  },
  'scan' => lambda {
    r = client
    r.mapped_mset((0...300).to_h { |i| ["user:#{i}", i] })
    r.mapped_mset((0...50).to_h { |i| ["other:#{i}", i] })
    found = r.scan_each(match: 'user:*', count: 100).to_a.uniq
    [found.size, r.keys('other:1[0-2]').sort, r.scan_each(match: '*er:*').to_a.uniq.size]
  },
  'messages' => lambda {
    confirmed = Queue.new
    heard = Queue.new
    to_channel = Thread.new do
      listener = client
      listener.subscribe('news') do |on|
        on.subscribe { confirmed << 'news' }
        on.message do |channel, text|
          heard << "message:#{channel}:#{text}"
          listener.unsubscribe
        end
      end
    end
    to_pattern = Thread.new do
      listener = client
      listener.psubscribe('n*s') do |on|
        on.psubscribe { confirmed << 'n*s' }
        on.pmessage do |_pattern, channel, text|
          heard << "pmessage:#{channel}:#{text}"
          listener.punsubscribe
        end
      end
    end
    2.times { confirmed.pop }
    r = client
    receivers = r.publish('news', 'hello')
    [to_channel, to_pattern].each(&:join)
    [receivers, *Array.new(2) { heard.pop }.sort, r.publish('news', 'nobody')]
  },
  'database' => lambda {
    other = client(db: 3)
    [other.incr('only-in-3'), other.dbsize, client.exists('only-in-3')]
  },
  'name' => lambda {
    r = client(id: 'matrix')
    [r.client(:getname), r.client(:list).any? { |each| each['name'] == 'matrix' }]
  },
  'info' => lambda {
    r = client(db: 7)
    r.mset('a', 1, 'b', 2)
    facts = r.info
    [facts['role'], facts['db7'][/keys=(\d+)/, 1]]
  },
  'unix' => lambda {
    r = Redis.new(path: ENV.fetch('MATRIX_SOCKET'))
    [r.incr('c'), r.incr('c')]
  },
  'reconnect' => lambda {
    r = client
    first = r.incr('again')
    client.client(:kill, 'ID', r.client(:id))
    [first, r.incr('again')]
  },
  'transaction' => lambda {
    r = client
    taken = r.multi do |pipe|
      pipe.incr('tx')
      pipe.incrby('tx', 4)
      pipe.get('tx')
    end
    conflict = r.watch('tx') do
      client.incr('tx')
      r.multi { |pipe| pipe.incr('tx') }
    end
    [taken, conflict, r.get('tx')]
  },
  'script' => lambda {
    r = client
    text = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
    sha = r.script(:load, text)
    [r.eval(text, ['s'], [5]), r.evalsha(sha, ['s'], [2]), failure { r.evalsha('0' * 40) }]
  },
  'password' => lambda {
    [locked(password: 'sesame').incr('c'), failure { locked.ping }, failure { locked(password: 'wrong').ping }]
  },
  'user' => lambda {
    r = locked(username: 'counter', password: 'apple')
    [r.incr('app:c'), r.call('ACL', 'WHOAMI'), failure { r.incr('c') }, failure { r.get('app:c') }]
  },
  'tls' => lambda {
    port = Integer(ENV.fetch('MATRIX_TLS_PORT'))
    secure = client(port: port, ssl: true, ssl_params: { ca_file: ENV.fetch('MATRIX_CA') })
    stranger = client(port: port, ssl: true, reconnect_attempts: 0)
    refused = begin
      stranger.ping
    rescue OpenSSL::SSL::SSLError, Redis::CannotConnectError
      'refused'
    end
    [secure.incr('secure'), secure.incr('secure'), refused]
  }
}.freeze

ARGV.each { |step| puts [step, *STEPS.fetch(step).call.map { |each| show(each) }].join(' ') }
