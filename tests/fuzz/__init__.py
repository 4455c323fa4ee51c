"""A fuzz run over every endpoint: ``python -m tests.fuzz``, or ``just fuzz``.

``operations`` draws requests from the OpenAPI document, ``exchange`` sends them, ``answer_checks`` and
``service_checks`` say what must hold, ``fuzz_run`` brings these together.
"""
