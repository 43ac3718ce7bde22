"""An application of Flask with Flask-Limiter, asked without a network."""
import os
import sys

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask("counted")
limiter = Limiter(
    get_remote_address,
    app=app,
    storage_uri=f"redis://127.0.0.1:{os.environ['MATRIX_PORT']}",
    strategy="fixed-window",
    headers_enabled=True,
)


@app.route("/")
@limiter.limit("3 per hour")
def served():
    return "served"


def requests():
    answers = [app.test_client().get("/") for _ in range(5)]
    return [f"{each.status_code}/{each.headers['X-RateLimit-Remaining']}" for each in answers]


for step in sys.argv[1:]:
    print(step, *globals()[step]())
