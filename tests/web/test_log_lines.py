"""How lines are written: JSON or plain text, and one for each request whatever becomes of it."""

import json
import logging
import logging.config
import sys

import pytest
from flask import Flask, abort

from movr.errors import NotFound, UnexpectedDatabaseError
from web.config import Config
from web.server.log_lines import JsonLines, settings


def record_of(error: BaseException) -> logging.LogRecord:
    """What is logged when this error ends a request."""
    try:
        raise error
    except type(error):
        exc_info = sys.exc_info()
    return logging.LogRecord("movr", logging.ERROR, __file__, 1, "failed", (), exc_info)


def trace_of(error: BaseException) -> str:
    """The trace as a server writes it."""
    return str(json.loads(JsonLines("%(message)s").format(record_of(error)))["exc_info"])


def test_a_trace_names_the_error_and_where_it_was_raised_but_not_its_text():
    trace = trace_of(KeyError("a rider's name"))
    assert trace.endswith("\nbuiltins.KeyError")
    assert "in record_of\n" in trace
    assert "rider's name" not in trace


@pytest.mark.parametrize("error", [NotFound("a name"), ExceptionGroup("a name", [KeyError(1)])])
def test_no_other_error_is_quoted_either(error):
    assert "a name" not in trace_of(error)


def test_the_text_that_is_made_for_the_log_is_in_it():
    assert trace_of(UnexpectedDatabaseError("broken: ck_x")).endswith("Error: broken: ck_x")


def test_what_led_to_an_error_comes_first():
    error = ValueError("effect")
    error.__cause__ = KeyError("cause")
    error.__cause__.__context__ = OSError("the first")
    names = [line for line in trace_of(error).splitlines() if line.startswith("builtins.")]
    assert names == ["builtins.OSError", "builtins.KeyError", "builtins.ValueError"]


def test_a_context_that_was_cut_off_is_left_out():
    error = ValueError()
    error.__context__ = KeyError()
    assert "KeyError" in trace_of(error)
    error.__suppress_context__ = True
    assert "KeyError" not in trace_of(error)


def test_errors_that_led_to_each_other_end():
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert trace_of(first).count("Traceback") == 2


@pytest.mark.parametrize("debug", [True, False])
def test_a_developer_reads_plain_text_and_a_server_writes_json(config, debug):
    config = Config(DEBUG=debug, SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI)
    found = settings(config)
    configurator = logging.config.DictConfigurator(found)
    line = configurator.configure_formatter(found["formatters"]["line"]).format(
        record_of(KeyError("a value"))
    )
    assert line.startswith("{") is not debug
    # A developer's own machine may tell everything.
    assert ("a value" in line) is debug


def test_a_server_listens_to_movr_and_to_the_warnings_of_others(config):
    found = settings(config)
    assert found["root"]["level"] == "WARNING"
    assert found["loggers"]["movr"]["level"] == "INFO"
    assert found["loggers"]["gunicorn.access"]["level"] == "WARNING"


def test_a_request_whose_answer_cannot_be_finished_has_one_line(app, visitor, monkeypatch, caplog):
    def fail(*_arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(app.session_interface, "save_session", fail)
    with caplog.at_level(logging.INFO, "movr.requests"):
        answer = visitor.get("/login")
    assert answer.status_code == 500
    lines = [record for record in caplog.records if record.name == "movr.requests"]
    assert [line.getMessage() for line in lines] == ["GET /login 500"]
    assert vars(lines[0])["request_id"] == answer.headers["X-Request-ID"]


def test_the_time_of_a_request_begins_before_it_can_be_refused(
    app: Flask, visitor, monkeypatch, caplog
):
    def wait_and_refuse() -> None:
        # Later than the clock has ever been, without waiting for it.
        monkeypatch.setattr("web.logs.perf_counter", lambda: 10.0**9)
        abort(400)

    app.before_request_funcs[None].insert(0, wait_and_refuse)
    with caplog.at_level(logging.INFO, "movr.requests"):
        assert visitor.get("/login").status_code == 400
    (line,) = (record for record in caplog.records if record.name == "movr.requests")
    assert vars(line)["duration_ms"] > 10**9


def test_whether_the_process_is_up_depends_on_nothing_and_leaves_no_line(
    app: Flask, visitor, monkeypatch, caplog
):
    monkeypatch.setattr(app, "full_dispatch_request", lambda _context: abort(500))
    with caplog.at_level(logging.INFO):
        assert (visitor.get("/healthz").status_code, visitor.get("/healthz").text) == (200, "ok\n")
        assert (visitor.head("/healthz").status_code, visitor.head("/healthz").text) == (200, "")
    assert caplog.records == []
    assert visitor.delete("/healthz").status_code == 500
