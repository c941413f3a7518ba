"""Whether a running explorer is well; ends with 0 if so, otherwise with 1 and one sentence for each thing that is not.

python deploy/health.py [http://127.0.0.1:8501]          opens every page, as a visitor
python deploy/health.py --alive [http://127.0.0.1:8501]  only asks whether the server answers
"""

import sys
import urllib.request
from pathlib import Path

ADDRESS = "http://127.0.0.1:8501"
ROOT = Path(__file__).resolve().parents[1]
NO_PAGES = ("home", "models")  # home is the address itself; models can be switched off


def main(arguments: list[str]) -> int:
    """Check the server at the address given, print what is wrong, and return how the program ends."""
    addresses = [word for word in arguments if not word.startswith("--")]
    if len(addresses) > 1 or set(arguments) - set(addresses) - {"--alive"}:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    address = (addresses or [ADDRESS])[0].rstrip("/")
    problems = alive(address) or ([] if "--alive" in arguments else pages(address))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def alive(address: str) -> list[str]:
    """Nothing, or one sentence: the server does not answer."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{address}/_stcore/health", timeout=4):
            return []
    except (OSError, ValueError) as error:
        return [f"The server at {address} does not answer: {error}."]


def pages(address: str) -> list[str]:
    """One sentence for each page that does not open, or shows an exception."""
    import asyncio

    sys.path.insert(0, str(ROOT))
    from benchmarks.sessions import Visitor

    async def open_page(name: str) -> list[str]:
        try:
            async with Visitor(f"{address}/{name}") as visitor:
                answer = await visitor.open()
        except Exception as error:
            return [f"The page {name or 'home'} does not open: {type(error).__name__} {error}".rstrip()]
        return [f"The page {name or 'home'} shows an exception: {text}" for text in answer.exceptions]

    async def open_all() -> list[str]:
        names = sorted(path.stem for path in (ROOT / "explorer" / "pages").glob("[!_]*.py"))
        return [problem for name in ["", *(set(names) - set(NO_PAGES))] for problem in await open_page(name)]

    return asyncio.run(open_all())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
