"""The steps of test/clients/scenario.ts with redis-py."""
import os
import sys

import redis

HOST = "127.0.0.1"
PORT = int(os.environ["MATRIX_PORT"])
LOCKED_PORT = int(os.environ["MATRIX_LOCKED_PORT"])
TEXT = {"decode_responses": True}


def show(value):
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (list, tuple)):
        return ",".join(show(each) for each in value)
    return str(value)


def failure(act):
    try:
        return act()
    except redis.RedisError as error:
        return f"{type(error).__name__}: {error}"


def client(**options):
    return redis.Redis(HOST, PORT, **TEXT, **options)


def counters():
    r = client()
    said = [r.incr("c"), r.incrby("c", 10), r.decr("c"), r.decrby("c", 5), r.get("c"), r.get("none")]
    r.set("c", 41)
    return said + [r.incr("c"), r.mget("c", "none"), r.exists("c"), r.delete("c"), r.exists("c")]


def numbers():
    r = client()
    r.set("big", 2**53)
    big = r.incr("big")
    r.set("low", 1 - 2**63)
    return [big, r.get("big"), r.decr("low")]


def errors():
    r = client()
    r.set("max", 2**63 - 1)
    return [
        failure(lambda: r.incr("max")),
        failure(lambda: r.incrby("max", "x")),
        failure(lambda: r.execute_command("GET")),
        failure(lambda: r.execute_command("NOSUCH", "a")),
    ]


def expiry():
    r = client()
    r.set("t", 5, ex=100)
    said = [r.incr("t"), 90 < r.ttl("t") <= 100]
    said += [r.expire("t", 50), 40 < r.ttl("t") <= 50, r.persist("t"), r.ttl("t"), r.pexpire("t", 1)]
    while r.get("t") is not None:
        pass
    return said + [r.ttl("t")]


def pipeline():
    taken = []
    with client().pipeline(transaction=False) as pipe:
        for _ in range(1000):
            pipe.incr("p")
        taken = pipe.execute()
    return [taken[0], taken[-1], taken == list(range(1, 1001))]


def scan():
    r = client()
    r.mset({f"user:{i}": i for i in range(300)})
    r.mset({f"other:{i}": i for i in range(50)})
    found = set(r.scan_iter("user:*", count=100))
    return [len(found), sorted(r.keys("other:1[0-2]")), len(set(r.scan_iter("*er:*")))]


def messages():
    r = client()
    listener = r.pubsub()
    listener.subscribe("news")
    listener.psubscribe("n*s")
    for _ in range(2):
        listener.get_message(timeout=10)
    receivers = r.publish("news", "hello")
    got = [listener.get_message(timeout=10) for _ in range(2)]
    listener.unsubscribe()
    listener.punsubscribe()
    for _ in range(2):
        listener.get_message(timeout=10)
    heard = [f"{m['type']}:{m['channel']}:{m['data']}" for m in got]
    return [receivers, *heard, r.publish("news", "nobody")]


def database():
    other = client(db=3)
    return [other.incr("only-in-3"), other.dbsize(), client().exists("only-in-3")]


def name():
    r = client(client_name="matrix")
    return [r.client_getname(), "matrix" in [each["name"] for each in r.client_list()]]


def info():
    r = client(db=7)
    r.mset({"a": 1, "b": 2})
    facts = r.info()
    return [facts["role"], facts["db7"]["keys"]]


def unix():
    r = redis.Redis(unix_socket_path=os.environ["MATRIX_SOCKET"], **TEXT)
    return [r.incr("c"), r.incr("c")]


def reconnect():
    r = client()
    first = r.incr("again")
    client().client_kill_filter(_id=r.client_id())
    return [first, r.incr("again")]


def transaction():
    r = client()
    taken = r.pipeline().incr("tx").incrby("tx", 4).get("tx").execute()
    with r.pipeline() as pipe:
        pipe.watch("tx")
        r.incr("tx")
        pipe.multi()
        pipe.incr("tx")
        try:
            conflict = pipe.execute()
        except redis.WatchError:
            conflict = None
    return [taken, conflict, r.get("tx")]


def script():
    r = client()
    text = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
    script = r.register_script(text)
    return [r.eval(text, 1, "s", 5), script(["s"], [2]), failure(lambda: r.evalsha("0" * 40, 0))]


def locked(**options):
    return redis.Redis(HOST, LOCKED_PORT, **TEXT, **options)


def password():
    return [
        locked(password="sesame").incr("c"),
        failure(lambda: locked().ping()),
        failure(lambda: locked(password="wrong").ping()),
    ]


def user():
    r = locked(username="counter", password="apple")
    return [
        r.incr("app:c"),
        r.acl_whoami(),
        failure(lambda: r.incr("c")),
        failure(lambda: r.get("app:c")),
    ]


def tls():
    port = int(os.environ["MATRIX_TLS_PORT"])
    secure = redis.Redis(HOST, port, ssl=True, ssl_ca_certs=os.environ["MATRIX_CA"], **TEXT)
    taken = [secure.incr("secure"), secure.incr("secure")]
    try:
        redis.Redis(HOST, port, ssl=True, **TEXT).ping()
    except redis.ConnectionError:
        return taken + ["refused"]
    return taken


for step in sys.argv[1:]:
    print(step, *[show(each) for each in globals()[step]()])
