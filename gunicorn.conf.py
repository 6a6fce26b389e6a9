"""How gunicorn serves Ferry; it reads this file by itself, and its command line wins over it."""

threads = 4  # pages wait for PIMs and channels
# A page that creates a catalog makes several calls to a PIM that may be slow. Killing it in between
# would leave a catalog there that nobody knows of.
timeout = 180
control_socket_disable = True  # it would be one for all installations of a user
