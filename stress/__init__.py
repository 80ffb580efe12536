"""agent-stress: how much can this GPU box take, and which engine gets it out?"""

__version__ = "0.1.0"
