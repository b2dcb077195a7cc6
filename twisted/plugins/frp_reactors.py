from twisted.application.reactors import Reactor

lean = Reactor("frp", "frp.sockets.lean", "epoll(4) with a shorter loop: the reactor of the commands frps and frpc")
