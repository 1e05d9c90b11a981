"""What is drawn on a result page: values for the SVG templates, and the same facts as text."""

from webapp.submissions.pictures.ring import RingPicture, ring_of
from webapp.submissions.pictures.streams import StreamsPicture, streams_of
from webapp.submissions.pictures.timeline import TimelinePicture, picture_of

__all__ = [
    "RingPicture",
    "StreamsPicture",
    "TimelinePicture",
    "picture_of",
    "ring_of",
    "streams_of",
]
