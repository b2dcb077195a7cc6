from twisted.application.service import ServiceMaker

frps = ServiceMaker("frps", "frp.cli.twistd.frps", "The server of a reverse proxy: frps on Twisted", "frps")
frpc = ServiceMaker("frpc", "frp.cli.twistd.frpc", "The client of a reverse proxy: frpc on Twisted", "frpc")
