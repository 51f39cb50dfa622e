// The fake is built with the agent's world; this program has no agent.
#include "tests/world/memory_git.cpp"
