"""
VirtualNet: clients whose machines are in one network of their own. Packets that the system gives to a TUN device travel
over streams of C{stcp} or C{xtcp} proxies, and come out of another client's device.

The client's part (L{VirtualNet<frp.virtualnet.part.VirtualNet>}) has the device and knows the ways; a client plugin
gives it the streams that visitors open, a visitor plugin those that it opens itself.
"""
