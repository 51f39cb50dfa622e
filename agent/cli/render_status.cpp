#include "agent/cli/json_access.h"
#include "agent/cli/render.h"
#include "agent/cli/table.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::size_t kFindingsShown = 10;
constexpr std::size_t kGapsShown = 5;
constexpr std::size_t kLabelWidth = 9;

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return out;
}

std::string number_of(std::optional<std::int64_t> count, std::string_view one,
                      std::string_view many) {
  auto const number = count.value_or(0);
  return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

std::string line(std::string_view name, std::string const& value) {
  std::string out(name);
  out.resize(std::max(kLabelWidth, out.size() + 1), ' ');
  return out + value + "\n";
}

/// "5h", or "9 min" where a sentence goes on.
std::string spoken_age(nanoseconds age) {
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  if (seconds < 60) return std::to_string(std::max<std::int64_t>(seconds, 0)) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min";
  return shown_age(age);
}

std::string ago(Display const& display, std::string_view utc, std::optional<nanoseconds> now) {
  auto const wall = parse_utc(utc);
  if (!wall) return "";
  if (!display.terminal || !now) return " (" + format_utc_s(*wall) + ")";
  return " (" + spoken_age(*now - *wall) + " ago)";
}

std::string head_line(JsonValue const& status, Display const& display,
                      std::optional<nanoseconds> now) {
  auto const state = text_at(status, "state");
  std::string_view host = text_at(status, "ledger", "origin");
  if (host.starts_with("govseal/")) host.remove_prefix(8);
  std::string out = "govseal  " + toned(display, tone_of_state(state), upper_case(state));
  if (!host.empty()) out += "   " + escape_for_display(host);
  auto const started = parse_utc(text_at(status, "agent", "started_at"));
  if (started && now) out += "   up " + shown_age(*now - *started);
  out += "   attribution " + escape_for_display(text_at(status, "agent", "attribution"));
  return out + "\n";
}

std::string ledger_line(JsonValue const& status, Display const& display,
                        std::optional<nanoseconds> now) {
  auto const& ledger = member_at(status, "ledger");
  std::string text = number_of(int_at(ledger, "size"), "record", "records");
  if (auto const anchored = int_at(ledger, "anchored_size")) {
    text += ", anchored up to " + std::to_string(*anchored) +
            ago(display, text_at(ledger, "anchored_at"), now);
  } else {
    text += ", not anchored";
  }
  auto const flags = joined_at(ledger, "flags", " ");
  if (!flags.empty()) {
    text += ", " + toned(display, Tone::warning, escape_for_display(flags));
  }
  return line("ledger", text);
}

std::string runs_line(JsonValue const& status, Display const& display) {
  std::string text;
  auto const* counts = member_at(status, "runs").as_object();
  for (std::string_view const word : {"VALID", "INVALID", "EOL_NORMALIZED", "LEGACY", "INCOMPLETE",
                                      "UNSEALED", "OPEN", "ABANDONED", "unknown"}) {
    auto const count = counts ? int_at(status, "runs", word).value_or(0) : 0;
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += toned(display, word == "VALID" ? Tone::plain : tone_of_verdict(word),
                  std::to_string(count) + " " + std::string(word));
  }
  return line("runs", text.empty() ? "none" : text);
}

std::string coverage_lines(JsonValue const& status, Display const& display) {
  auto const& coverage = member_at(status, "coverage");
  auto const live = int_at(coverage, "live").value_or(0);
  auto const scanned = int_at(coverage, "scanned").value_or(0);
  auto const gap = int_at(coverage, "gap").value_or(0);
  std::string const gaps =
      toned(display, gap > 0 ? Tone::warning : Tone::plain, std::to_string(gap) + " gap");
  std::string out = line("coverage", number_of(live + scanned + gap, "root", "roots") + ": " +
                                         std::to_string(live) + " live, " +
                                         std::to_string(scanned) + " scanned, " + gaps);
  std::size_t shown = 0;
  for (auto const& root : items_at(coverage, "roots")) {
    if (text_at(root, "state") != "gap" || shown++ >= kGapsShown) continue;
    std::string text = escape_for_display(path_at(root, "root")) + " not seen since " +
                       shown_time(display, text_at(root, "since"));
    if (auto const reason = text_at(root, "reason"); !reason.empty()) {
      text += ": " + escape_for_display(reason);
    }
    out += line("", text);
  }
  if (shown > kGapsShown) out += line("", "and more: govseal repos");
  return out;
}

/// What is only worth a line when there is something to say.
std::string exceptional_lines(JsonValue const& status) {
  std::string out;
  auto const& repositories = member_at(status, "repositories");
  auto const unreadable = int_at(repositories, "unreadable").value_or(0);
  if (int_at(repositories, "total").value_or(0) == 0) {
    out += line("repos", flag_at(status, "filtered") ? "none that you can read"
                                                     : "none configured: nothing is watched");
  } else if (unreadable > 0) {
    out += line("repos", number_of(int_at(repositories, "total"), "repository", "repositories") +
                             ", " + std::to_string(unreadable) + " unreadable");
  }
  auto const commits = int_at(status, "undispatched", "commits").value_or(0);
  auto const plans = int_at(status, "undispatched", "plans").value_or(0);
  if (commits + plans > 0) {
    out += line("dispatch", number_of(commits, "commit", "commits") + " and " +
                                number_of(plans, "plan", "plans") + " without a dispatch");
  }
  auto const& configuration = member_at(member_at(status, "agent"), "configuration");
  if (auto const error = text_at(configuration, "last_error"); !error.empty()) {
    out += line("config", "the last reload was refused: " + escape_for_display(error));
  } else if (flag_at(configuration, "differs_on_disk")) {
    out += line("config", "the files differ from what is in force: govseal config reload");
  }
  if (flag_at(status, "filtered")) out += line("note", "repositories you cannot read are left out");
  return out;
}

}  // namespace

std::string render_status(JsonValue const& status, std::vector<JsonValue> const& findings,
                          Display const& display) {
  auto const now = parse_utc(text_at(status, "as_of"));
  std::string out = head_line(status, display, now) + ledger_line(status, display, now) +
                    runs_line(status, display) + coverage_lines(status, display) +
                    exceptional_lines(status);
  if (findings.empty()) return out;
  auto const end =
      findings.begin() + static_cast<std::ptrdiff_t>(std::min(findings.size(), kFindingsShown));
  std::vector<JsonValue> const shown(findings.begin(), end);
  out += "\n" + render_findings(shown, display, now);
  if (findings.size() > shown.size()) {
    out += "and " + std::to_string(findings.size() - shown.size()) + " more: govseal findings\n";
  }
  auto const ids = shown_ids(findings, !display.terminal);
  return out + "\nnext: govseal show " + escape_for_display(ids[0]) + "\n";
}

}  // namespace govseal
