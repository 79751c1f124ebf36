import asyncio
import socket

from oms_fix.core.engine import UndecidedError
from oms_fix.daemon.control import ControlAnswer, ControlRequest, ControlServer, ask


def converse(tmp_path, talk):
    """Talk to a control server with the commands ``hello`` and ``fail``, from another thread."""

    async def hello(operator, _arguments):
        return ControlAnswer(done=True, lines=[f"hello {operator}"])

    async def fail(_operator, _arguments):
        raise UndecidedError("OperateOrder: NameError()")

    async def main():
        server = ControlServer(tmp_path / "oms.sock", {"hello": hello, "fail": fail})
        await server.start()
        try:
            return await asyncio.to_thread(talk, tmp_path / "oms.sock")
        finally:
            await server.stop()

    return asyncio.run(main())


def test_unknown_commands_are_told_what_is_allowed(tmp_path):
    """A command that is not there is answered with those that are."""
    answer = converse(tmp_path, lambda path: ask(path, ControlRequest("bye")))
    assert answer == ControlAnswer(False, ["unknown command bye; allowed: fail, hello"])


def test_a_command_that_the_core_fails_on_is_refused(tmp_path):
    """The operator hears that nothing is done, and what the error was."""
    answer = converse(tmp_path, lambda path: ask(path, ControlRequest("fail")))
    line = "an error of ours, nothing is done: OperateOrder: NameError()"
    assert answer == ControlAnswer(False, [line])


def test_a_socket_left_over_is_replaced(tmp_path):
    """What a killed daemon left behind does not keep the next one from starting."""
    (tmp_path / "oms.sock").touch()
    assert converse(tmp_path, lambda path: ask(path, ControlRequest("hello"))).done


def test_what_is_no_command_is_answered(tmp_path):
    """Bytes that are no request get an answer that says so."""

    def talk(path):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(b'{"name": "hello", "operator": "root"}\n')
            return connection.makefile("rb").readline()

    assert b"not understood" in converse(tmp_path, talk)
