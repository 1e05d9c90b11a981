"""Logins, languages, health."""

from tests.webapp.access.table import LOGIN, Row

ROWS = {
    "login": Row((200, 302, 302, 302, 302)),
    "logout": Row((302, 302, 302, 302, 302), method="post"),
    "password_change": Row((LOGIN, 200, 200, 200, 200)),
    "password_change_done": Row((LOGIN, 200, 200, 200, 200)),
    "set_language": Row((302, 302, 302, 302, 302), method="post"),
    "healthz": Row((200, 200, 200, 200, 200)),
}
