"""``stockpile doctor``: is this installation fit to be believed?"""

from __future__ import annotations

import click

from optimizer import console
from optimizer.commands.parts import EPILOG, complain
from optimizer.exit_codes import ExitCode


@click.command("doctor", epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def command(as_json: bool) -> ExitCode:
    """Solve a few programs that solvers are known to have got wrong, and print the versions that answers depend on.

    Takes a few seconds. Exit code 8 where one comes out wrong: do not use plans made here.
    """
    from optimizer import doctor

    health = doctor.examine()
    if as_json:
        click.echo(console.as_json({"sound": health.sound, "versions": health.versions, "canaries": health.canaries}))
    else:
        for name, version in health.versions.items():
            click.echo(f"{name:<12} {console.printable(version)}")
        for canary in health.canaries:
            said = "no answer" if canary.found is None else f"found {canary.found:.10g}"
            word = "right" if canary.right else "WRONG"
            click.echo(f"{canary.canary:<12} {word}: {said}, optimum {canary.optimum:.10g} ({canary.seconds:.2f} s)")
    if health.sound:
        return ExitCode.ANSWERED
    complain("the solver gives wrong answers here: do not use plans made with this installation")
    return ExitCode.SOLVER_TROUBLE
