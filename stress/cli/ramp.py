"""`stress ramp`: the main job."""

from stress.cli.command import command
from stress.cli.screen import ScreenOptions
from stress.session.options import RampOptions


def ramp(options: RampOptions, screen: ScreenOptions) -> int:
    """Load one server with a growing swarm of agents, live on screen, and record everything.

    Without --url, --engine or OPENAI_BASE_URL, stress starts llama.cpp on the CPU with a small random-weights model.
    """
    from stress.cli.run import run_session

    return run_session(options, screen)


COMMAND = command(
    ramp,
    RampOptions,
    ScreenOptions,
    examples=(
        "stress ramp --agents 6..200                                  # without a server: llama.cpp on the CPU",
        "stress ramp --url http://localhost:8000 --agents 1..64 --over 5m",
        "stress ramp --engine vllm:MODEL,tp=2 --scenario debate --price 2.50",
    ),
)
