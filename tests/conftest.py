"""What holds for every test."""

from hypothesis import settings

# A time limit per example would make a slow machine a wrong answer; the same examples everywhere make a failure one
# that others can see too.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
