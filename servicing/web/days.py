"""My day: what an agent is to do, client by client, and what became of it."""

from flask import Blueprint

blueprint = Blueprint("days", __name__)
