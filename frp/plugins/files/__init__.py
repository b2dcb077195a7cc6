"""Files of a folder over HTTP, as Go's C{http.FileServer} gives them."""
