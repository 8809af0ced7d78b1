"""Asks for the known vulnerabilities of every pinned package; those of triaged.txt are known."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PINS = HERE.parent.parent / "constraints.txt"


def triaged() -> set[str]:
    """The ids that somebody has looked at."""
    lines = (HERE / "triaged.txt").read_text("utf-8").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def asked() -> list[dict[str, object]]:
    """Each pinned package, with what is known of it or why nobody could be asked."""
    words = (
        "--requirement",
        PINS,
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--timeout",
        "10",
    )
    audit = Path(sys.executable).parent / "pip-audit"
    done = subprocess.run([audit, *words], capture_output=True, encoding="utf-8", check=False)
    if not done.stdout.strip():
        print(f"pip-audit could not ask: {(done.stderr.strip() or 'no answer').splitlines()[-1]}")
        return []
    return list(json.loads(done.stdout)["dependencies"])


def main() -> int:
    """1 where a package has a vulnerability that nobody has looked at."""
    packages, known = asked(), triaged()
    told = [each for each in packages if "vulns" in each]
    found = [(each, bad) for each in told for bad in each["vulns"] if bad["id"] not in known]  # type: ignore[attr-defined]
    for each, bad in found:
        print(f"{each['name']} {each['version']}: {bad['id']}, mended in {bad['fix_versions']}")
    print(
        f"vulnerabilities: {len(told)} of {len(packages)} packages could be asked for, {len(found)} found"
    )
    if not told:
        print("Nobody could be asked: this machine has no way to the database of vulnerabilities.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
