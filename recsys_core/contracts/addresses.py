"""Addresses of servers, which may hold a login: whoever connects needs it, no message shows it."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

LOGIN: Final = re.compile(r"//\S*@")


def without_login(text: str) -> str:
    """A text that may be shown: no address in it holds a login.

    >>> without_login("no Milvus at http://root:secret@milvus:19530: it is down")
    'no Milvus at http://milvus:19530: it is down'
    """
    return LOGIN.sub("//", text)


def split_login(address: str) -> tuple[str, str, str]:
    """An address without its login, the user and the password; both are empty where it holds none.

    >>> split_login("https://root:p%40ss@milvus:19530/db")
    ('https://milvus:19530/db', 'root', 'p@ss')
    """
    parts = urlsplit(address)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, "", ""
    user, _, password = login.partition(":")
    return parts._replace(netloc=host).geturl(), unquote(user), unquote(password)
