"""Modal, where somebody's container serves: https://modal.com/docs/guide/webhooks.

What runs in the container is mostly another engine, which is then the one that answers to its own name; this module
knows the rest by Modal's own gateway. Each request may reach another replica, a request of more than 150 s is answered
by a redirect (https://modal.com/docs/guide/webhook-timeouts), and the GPUs cannot be seen from outside.
"""

from typing import ClassVar
from urllib.parse import urlsplit

from stress.client.failures import Words
from stress.engines.adapter import Adapter, Identity, Key, ProbeResponses

HOSTS = (".modal.run", ".modal.direct", ".modal.host")
CALL_ID = "modal-function-call-id"
"""A header of every answer that a container gave, whatever domain it was asked under."""


class Modal(Adapter):
    """A web server inside a Modal function, known by its address or by the gateway's header."""

    name = "modal"
    title = "Modal"
    how_to_get = "pip install modal, then: modal deploy yours.py"
    keys: ClassVar[frozenset[Key]] = frozenset()
    example = "modal"
    why_not_launched = (
        "Modal runs engines in its own cloud under your account, so stress can't start one; deploy it with "
        "`modal deploy` and attach to it with --url https://WORKSPACE--NAME.modal.run."
    )
    needs_model = False
    failures = (
        Words("timeout", 500, r"modal-http: .*timed out"),
        Words("engine_dead", 500, r"modal-http: .*terminated by signal"),
        Words("engine_dead", 404, r"modal-http: .*app .* is stopped"),
        Words("unauthorized", 404, r"modal-http: .*workspace .* is disabled"),
    )

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """By the host or the gateway's header; what it serves is what the list of models says."""
        host = urlsplit(answers.url).hostname or ""
        call = answers.models.headers.get(CALL_ID)
        if not host.endswith(HOSTS) and not call:
            return None
        owner, context = answers.entry.get("owned_by"), answers.entry.get("max_model_len")
        facts = {"owned_by": owner} if owner else {}
        return Identity(engine=self.name, model=answers.served, context=context, facts=facts)
