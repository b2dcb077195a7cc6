"""
A time-out that is moved often and met seldom.
"""

from frp.session.deadline import Deadline

__all__ = ["Deadline"]
