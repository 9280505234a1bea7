"""As much of DER as the tests need: elements are lists of a tag and its content, which is bytes or a list of elements."""

NULL = [0x05, b""]


def element(tag, *inside):
    return [tag, list(inside)]


def sequence(*inside):
    return element(0x30, *inside)


def set_of(*inside):
    return element(0x31, *sorted(inside, key=encoded))


def integer(value):
    return [0x02, value.to_bytes(value.bit_length() // 8 + 1, "big")]


def octets(content):
    return [0x04, content]


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | (arc & 0x7F))
        content += bytes(reversed(digits))
    return [0x06, content]


def encoded(node):
    tag, content = node
    body = content if isinstance(content, bytes) else b"".join(map(encoded, content))
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + body


def parsed(der):
    """The one element that `der` is."""
    (node,) = _elements(der)
    return node


def _elements(der):
    nodes = []
    while der:
        tag, size, start = der[0], der[1], 2
        if size >= 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[2:start], "big")
        content, der = der[start:start + size], der[start + size:]
        nodes.append([tag, _elements(content) if tag & 0x20 else content])
    return nodes


def at(node, *path):
    """The element that one comes to by these positions."""
    for position in path:
        node = node[1][position]
    return node
