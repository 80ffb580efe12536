import pytest

from stress.runs.handle import Control


@pytest.mark.parametrize("name", ["target", "step"])
@pytest.mark.parametrize("value", [None, "5", 1.5, True])
def test_a_number_of_agents_is_asked_for_as_a_whole_number(name, value):
    with pytest.raises(ValueError, match=f"{name} takes a whole number of agents; found {value!r}"):
        Control(name, value)
