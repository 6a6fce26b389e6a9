"""Line ends, which programs and services change on the way."""


def with_line_ends_of(source: str, target: str) -> str:
    """Return the text with the line ends of Windows where its source has them and it has others.

    Many programs read and write XML so that of CR and LF only LF is left.
    """
    if "\r" in target:
        return target
    is_of_windows = "\r\n" in source and "\n" not in source.replace("\r\n", "")
    return target.replace("\n", "\r\n") if is_of_windows else target
