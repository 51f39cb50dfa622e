#include "agent/process.h"

#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/utf8.h"

namespace govseal {
namespace {

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Environment read_environment() {
  Environment environment;
  environment.uid = geteuid();
  std::string user;
  if (passwd const* const entry = getpwuid(environment.uid)) {
    user = entry->pw_name;
    environment.home = entry->pw_dir;
  }
  environment.service = is_service_user(environment.uid, user);
  if (std::string const home = variable("HOME"); !home.empty()) environment.home = home;
  environment.xdg_config_home = variable("XDG_CONFIG_HOME");
  environment.xdg_state_home = variable("XDG_STATE_HOME");
  environment.xdg_runtime_dir = variable("XDG_RUNTIME_DIR");
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) == 0) environment.host_name = name;
  return environment;
}

void harden_process() {
  (void)signal(SIGIO, SIG_IGN);
  (void)signal(SIGPIPE, SIG_IGN);
  (void)prctl(PR_SET_DUMPABLE, 0);
  rlimit const none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)umask(077);
  // Reading the ledger and hashing are bursts; what they used goes back to the system.
  (void)mallopt(M_ARENA_MAX, 2);
  (void)mallopt(M_TRIM_THRESHOLD, 128 * 1024);
  (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

std::optional<UniqueFd> take_systemd_listener() {
  if (sd_listen_fds(1) < 1) return std::nullopt;
  return UniqueFd(SD_LISTEN_FDS_START);
}

void notify_ready(std::string const& status) {
  (void)sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}
void notify_status(std::string const& status) {
  (void)sd_notify(0, ("STATUS=" + status).c_str());
}
void notify_watchdog() {
  (void)sd_notify(0, "WATCHDOG=1");
}
void notify_reloading() {
  (void)sd_notify(0, "RELOADING=1");
}
void notify_stopping() {
  (void)sd_notify(0, "STOPPING=1");
}

std::optional<std::chrono::microseconds> watchdog_period() {
  std::uint64_t period_us = 0;
  if (sd_watchdog_enabled(0, &period_us) <= 0) return std::nullopt;
  return std::chrono::microseconds(period_us / 2);
}

void log_line(int priority, std::string const& text) {
  bool const journal = !variable("JOURNAL_STREAM").empty();
  std::string line = journal ? "<" + std::to_string(priority) + ">" : std::string("govseald: ");
  line += escape_for_display(text) + "\n";
  std::cerr << line << std::flush;
}

}  // namespace govseal
