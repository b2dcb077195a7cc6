"""The frames and states of an HTTP/2 connection: C{h2}, with our bounds."""

from __future__ import annotations

from h2.config import H2Configuration
from h2.connection import ConnectionState, H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, Event
from h2.exceptions import FrameTooLargeError
from h2.settings import SettingCodes, Settings
from h2.stream import StreamState
from hyperframe.frame import DataFrame, Frame, GoAwayFrame

__all__ = ["STREAMS", "STREAM_WINDOW", "WINDOW", "HTTP2Frames"]

#: Requests at a time; as Go.
STREAMS = 250

#: Bytes of a request's body, and of all bodies of a connection, that may come before a handler wants them. Go lets one
#: request take all of it, so that a single one that stands still stops the others.
STREAM_WINDOW = 512 * 1024
WINDOW = 1024 * 1024

#: Bytes of the field list of a request, each field with 32 more.
LIST_LIMIT = 65536

#: Our memory for the heads of responses; a user may offer more.
TABLE_LIMIT = 4096

_RECEIVING = (StreamState.OPEN, StreamState.HALF_CLOSED_LOCAL)


class HTTP2Frames(H2Connection):
    """The server's side of a connection."""

    def __init__(self) -> None:
        super().__init__(
            H2Configuration(
                client_side=False,
                header_encoding=None,
                # Our own checks are those of HTTP/1.1 too, and cost a stream what these cost the whole connection.
                validate_inbound_headers=False,
                normalize_inbound_headers=False,
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.local_settings = _settings(STREAMS)

    def begin(self) -> None:
        """Say what the user may do."""
        self.initiate_connection()
        self.increment_flow_control_window(WINDOW - self.inbound_flow_control_window)
        # Streams above the limit are refused one by one, by us: the user may not have heard of it yet.
        self.local_settings = _settings(2 * STREAMS)

    @property
    def ended(self) -> bool:
        """Whether the other side was told of the end."""
        return self.state_machine.state is ConnectionState.CLOSED

    def settingsChanged(self) -> None:
        """The user has settings of its own; it does not decide how much memory we take."""
        if self.encoder.header_table_size > TABLE_LIMIT:
            self.encoder.header_table_size = TABLE_LIMIT

    def lastWords(self) -> bytes:
        """Tell that no more requests are answered; those that run go on, which h2 does not have."""
        return GoAwayFrame(0, last_stream_id=self.highest_inbound_stream_id).serialize()

    def read(self, data: bytes) -> list[Event]:
        """
        Read what has come. A frame that is too long is refused before the end of it has come.

        @raise H2Error: the connection cannot go on.
        """
        events = self.receive_data(data)
        begun = self.incoming_buffer._data
        if len(begun) >= 9 and int.from_bytes(begun[:3], "big") > self.max_inbound_frame_size:
            self.close_connection(ErrorCodes.FRAME_SIZE_ERROR)
            raise FrameTooLargeError(f"a frame of more than {self.max_inbound_frame_size} bytes")
        return events

    def _receive_frame(self, frame: Frame) -> list[Event]:
        # What h2 would tell its log takes a fifth of the time of an upload, though nobody listens.
        if frame.__class__ is DataFrame:
            stream = self.streams.get(frame.stream_id)
            if stream is not None and stream.state_machine.state in _RECEIVING:
                frames, events = self._receive_data_frame(frame)
                self._prepare_for_sending(frames)
                return events
        return super()._receive_frame(frame)

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        # The user makes no more requests, but goes on with those that run; to h2 all would be over.
        return [], [ConnectionTerminated()]


def _settings(streams: int) -> Settings:
    return Settings(
        client=False,
        initial_values={
            SettingCodes.ENABLE_PUSH: 0,
            SettingCodes.MAX_CONCURRENT_STREAMS: streams,
            SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            SettingCodes.MAX_HEADER_LIST_SIZE: LIST_LIMIT,
        },
    )
