#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "config/load.h"

/// What the agent asks of the process and of the service manager around it.
namespace govseal {

/// From the environment and the password database of this process.
[[nodiscard]] Environment read_environment();

/// SIGIO and SIGPIPE ignored (a broken lease or a closed socket must not end the process), no core
/// dumps of key memory, umask 077.
void harden_process();

/// The listening socket that systemd handed over; none: not started by socket activation.
[[nodiscard]] std::optional<UniqueFd> take_systemd_listener();

/// sd_notify(3); does nothing without a service manager.
void notify_ready(std::string const& status);
void notify_status(std::string const& status);
void notify_watchdog();
void notify_reloading();
void notify_stopping();
/// Half the watchdog period the service manager asks for; none: no watchdog.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_period();

/// One line to standard error with the priority prefix of sd-daemon(3) where the journal reads it.
void log_line(int priority, std::string const& text);

}  // namespace govseal
