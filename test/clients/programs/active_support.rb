# Counts with the cache of Rails, and with Rack::Attack, which counts by it.
require 'active_support'
require 'active_support/cache/redis_cache_store'
require 'rack/attack'
require 'rack/mock'

CACHE = ActiveSupport::Cache::RedisCacheStore.new(url: "redis://127.0.0.1:#{ENV.fetch('MATRIX_PORT')}/1")

def increment
  said = [CACHE.increment('c'), CACHE.increment('c', 10), CACHE.decrement('c', 3), CACHE.read('c', raw: true)]
  CACHE.write('w', 41, raw: true)
  said + [CACHE.increment('w'), CACHE.read_multi('c', 'w', 'none', raw: true), CACHE.delete('w'), CACHE.exist?('w')]
end

def expire
  said = [CACHE.increment('e', 1, expires_in: 100), CACHE.increment('e', 1, expires_in: 100)]
  said << CACHE.redis.ttl('e').between?(91, 100)
  CACHE.delete_matched('e*')
  said << CACHE.exist?('e')
end

def throttle
  Rack::Attack.cache.store = CACHE
  Rack::Attack.throttle('by address', limit: 3, period: 3600, &:ip)
  application = Rack::Attack.new(->(_) { [200, {}, ['served']] })
  Array.new(5) { application.call(Rack::MockRequest.env_for('/', 'REMOTE_ADDR' => '192.0.2.1')).first }
end

ARGV.each { |step| puts [step, *send(step)].map(&:to_s).join(' ') }
