"""A wire between a run and its simulated fleet, on which every byte is seen and on which it can be cut."""

import asyncio
import socket
import struct
import threading


class Wire:
    """Forwards all connections to the same address at another port. A context manager.

    sent      all that clients have sent, a bytearray a connection
    on_open   called with the number of a connection (from 0) when it is there; True: reset it before a byte is read
    on_data   called with the connection's bytes so far when some have come; True: reset it before they are passed on
    """

    def __init__(self, port_behind, on_open=lambda number: False, on_data=lambda data: False):
        self.sent = []
        self._port_behind = port_behind
        self._on_open = on_open
        self._on_data = on_data
        self._socket = socket.create_server(("0.0.0.0", 0), backlog=1024)
        self.port = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._socket.close()

    def put_into(self, fleet):
        """Lets a fleet's state file lead here."""
        entries = {mac: {**entry, "ip": f"{entry['ip'].split(':')[0]}:{self.port}"}
                   for mac, entry in fleet.entries().items()}
        fleet.write_state(entries)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self, reader, writer):
        data = bytearray()
        self.sent.append(data)
        if self._on_open(len(self.sent) - 1):
            return reset(writer)
        try:
            device = await asyncio.open_connection(writer.get_extra_info("sockname")[0], self._port_behind)
        except OSError:
            return reset(writer)
        answers = asyncio.ensure_future(pump(device[0], writer, lambda chunk: False))
        await pump(reader, device[1], lambda chunk: self._take(data, chunk))
        await answers
        return writer.close()

    def _take(self, data, chunk):
        data += chunk
        return self._on_data(data)


async def pump(reader, writer, refuses):
    """Passes on what comes until one side ends, or until `refuses` says so."""
    try:
        while chunk := await reader.read(65536):
            if refuses(chunk):
                return reset(writer)
            writer.write(chunk)
            await writer.drain()
    except OSError:
        return reset(writer)
    return writer.close()


def reset(writer):
    """Ends a connection with a TCP reset."""
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
