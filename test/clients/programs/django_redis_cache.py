"""Counts with Django's cache over django-redis."""
import os
import sys

import django
from django.conf import settings

settings.configure(
    CACHES={
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{os.environ['MATRIX_PORT']}/1",
        }
    }
)
django.setup()

from django.core.cache import cache  # noqa: E402


def count():
    cache.set("c", 5)
    said = [cache.incr("c"), cache.incr("c", 10), cache.decr("c"), cache.get("c"), cache.get("none")]
    try:
        cache.incr("none")
    except ValueError as error:
        said.append(type(error).__name__)
    return said


def expire():
    cache.set("e", 1, timeout=100)
    said = [cache.incr("e"), 90 < cache.ttl("e") <= 100, cache.expire("e", 50), 40 < cache.ttl("e") <= 50]
    return said + [cache.persist("e"), cache.ttl("e"), cache.touch("e", 10), cache.add("e", 7), cache.add("f", 7)]


def many():
    cache.set_many({f"m{i}": i for i in range(5)})
    found = cache.get_many([f"m{i}" for i in range(6)])
    return [sorted(found.items()), sorted(cache.keys("m*")), cache.delete_pattern("m*"), cache.has_key("m1")]


for step in sys.argv[1:]:
    print(step, *globals()[step]())
