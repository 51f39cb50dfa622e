// ScriptedWatcher belongs to the fakes of the agent's world, a library that needs the agent. It
// needs only the watchers itself and has to pass their contract, so it is compiled into this
// program.
#include "tests/world/scripted_watcher.cpp"  // NOLINT(bugprone-suspicious-include)
