"""How frpc reaches frps: each transport makes sessions."""
