#include "config/text_forms.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/clock.h"

namespace govseal {
namespace {

constexpr std::int64_t kDurationSecondsMax = 100LL * 366 * 86'400;
constexpr std::size_t kPathBytesMax = 4'095;  // PATH_MAX without its NUL, limits.h
constexpr std::int64_t kMinutesPerDay = 24 * 60;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<std::int64_t> parse_number(std::string_view digits) {
  if (!all_digits(digits)) return std::nullopt;
  std::int64_t value = 0;
  auto const result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> scaled(std::string_view digits, std::int64_t factor,
                                   std::int64_t most) {
  auto const value = parse_number(digits);
  if (!value || *value > most / factor) return std::nullopt;
  return *value * factor;
}

template <typename Visit>
void for_each_element(std::string_view path, Visit visit) {
  std::size_t from = 0;
  while (from <= path.size()) {
    auto const to = std::min(path.find('/', from), path.size());
    visit(path.substr(from, to - from));
    from = to + 1;
  }
}

bool has_element(std::string_view path, std::string_view wanted) {
  bool found = false;
  for_each_element(path, [&](std::string_view element) { found = found || element == wanted; });
  return found;
}

Complaint check_path_text(std::string_view text) {
  if (text.empty()) return "must not be empty";
  if (text.size() > kPathBytesMax) return "must not be longer than 4095 bytes";
  if (text.find('\0') != text.npos) return "must not contain a NUL";
  if (has_element(text, "..")) return "must not contain \"..\"";
  return std::nullopt;
}

Complaint check_relative_text(std::string_view text) {
  if (auto complaint = check_path_text(text)) return complaint;
  if (text.front() == '/') return "must be relative to the repository, without a leading \"/\"";
  return std::nullopt;
}

Complaint check_reference_text(std::string_view text, std::string_view kind) {
  auto const bad = "must be a valid " + std::string(kind);
  if (text.empty() || text == "@" || text.size() > 1'024) return bad;
  if (text.back() == '.' || text.find("..") != text.npos || text.find("@{") != text.npos) {
    return bad;
  }
  for (char const c : text) {
    if (is_control(c) || std::string_view(" ~^:?*[\\").find(c) != std::string_view::npos) {
      return bad;
    }
  }
  bool valid = true;
  for_each_element(text, [&](std::string_view element) {
    if (element.empty() || element.front() == '.' || element.ends_with(".lock")) valid = false;
  });
  return valid ? Complaint() : bad;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<std::int64_t> parse_duration_text(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  auto const digits = text.substr(0, text.size() - 1);
  switch (text.back()) {
    case 's':
      return scaled(digits, 1, kDurationSecondsMax);
    case 'm':
      return scaled(digits, 60, kDurationSecondsMax);
    case 'h':
      return scaled(digits, 3'600, kDurationSecondsMax);
    case 'd':
      return scaled(digits, 86'400, kDurationSecondsMax);
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> parse_size_text(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  auto const unit = text.substr(text.size() - 3);
  auto digits = text.substr(0, text.size() - 3);
  if (digits.ends_with(' ')) digits.remove_suffix(1);
  auto const most = std::numeric_limits<std::int64_t>::max();
  if (unit == "KiB") return scaled(digits, 1LL << 10, most);
  if (unit == "MiB") return scaled(digits, 1LL << 20, most);
  if (unit == "GiB") return scaled(digits, 1LL << 30, most);
  return std::nullopt;
}

std::optional<std::uint32_t> parse_octal_mode(std::string_view text) {
  if (text.size() != 3 && text.size() != 4) return std::nullopt;
  std::uint32_t mode = 0;
  for (char const c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return mode;
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  auto const hours = parse_number(text.substr(0, 2));
  auto const minutes = parse_number(text.substr(3));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return *hours * 60 + *minutes;
}

std::optional<ScheduleConfig> parse_schedule(std::string_view text) {
  if (text == "off") return ScheduleConfig{};
  if (text == "hourly") return ScheduleConfig{ScheduleConfig::Kind::hourly, {}};
  if (!text.starts_with("daily ")) return std::nullopt;
  auto const at = parse_time_of_day(text.substr(6));
  if (!at) return std::nullopt;
  return ScheduleConfig{ScheduleConfig::Kind::daily, std::chrono::minutes(*at)};
}

std::optional<DispatchConfig::Baseline> parse_baseline(std::string_view text) {
  DispatchConfig::Baseline baseline;
  if (text == "root") return baseline;
  auto const lower = lower_case(text);
  auto const is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  if (text.size() >= 7 && text.size() <= 40 && std::all_of(lower.begin(), lower.end(), is_hex)) {
    baseline.kind = DispatchConfig::Baseline::Kind::commit;
    baseline.commit = lower;
    return baseline;
  }
  auto const time =
      parse_utc(text.size() == 10 ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (!time) return std::nullopt;
  baseline.kind = DispatchConfig::Baseline::Kind::date;
  baseline.since = std::chrono::floor<std::chrono::seconds>(*time);
  return baseline;
}

std::string to_duration_text(std::int64_t seconds) {
  constexpr std::array<std::pair<std::int64_t, char>, 3> kUnits{
      {{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}}};
  for (auto const& [factor, letter] : kUnits) {
    if (seconds != 0 && seconds % factor == 0) return std::to_string(seconds / factor) + letter;
  }
  return std::to_string(seconds) + "s";
}

std::string time_of_day_text(std::int64_t minutes) {
  auto const of_day = minutes % kMinutesPerDay;
  std::string text = "00:00";
  text[0] = static_cast<char>('0' + of_day / 600);
  text[1] = static_cast<char>('0' + of_day / 60 % 10);
  text[3] = static_cast<char>('0' + of_day % 60 / 10);
  text[4] = static_cast<char>('0' + of_day % 10);
  return text;
}

std::string to_text(ScheduleConfig const& schedule) {
  switch (schedule.kind) {
    case ScheduleConfig::Kind::off:
      return "off";
    case ScheduleConfig::Kind::hourly:
      return "hourly";
    case ScheduleConfig::Kind::daily:
      return "daily " + time_of_day_text(schedule.at.count());
  }
  return "off";
}

std::string to_text(DispatchConfig::Baseline const& baseline) {
  switch (baseline.kind) {
    case DispatchConfig::Baseline::Kind::root:
      return "root";
    case DispatchConfig::Baseline::Kind::commit:
      return baseline.commit;
    case DispatchConfig::Baseline::Kind::date:
      return format_utc_s(baseline.since);
  }
  return "root";
}

Complaint check_absolute_path(std::string_view text) {
  if (auto complaint = check_path_text(text)) return complaint;
  if (text.front() != '/') return "must be an absolute path";
  return std::nullopt;
}

std::string normal_path(std::string_view text) {
  std::string normal;
  for_each_element(text, [&](std::string_view element) {
    if (element.empty() || element == ".") return;
    normal += '/';
    normal += element;
  });
  return normal.empty() ? "/" : normal;
}

Complaint check_relative_path(std::string_view text) {
  if (auto complaint = check_relative_text(text)) return complaint;
  if (text.ends_with('/')) text.remove_suffix(1);
  if (!RelativePath::parse(text)) return "must not contain empty or \".\" elements";
  return std::nullopt;
}

Complaint check_glob(std::string_view text) {
  return check_relative_text(text);
}

Complaint check_absolute_glob(std::string_view text, bool recursive) {
  if (auto complaint = check_path_text(text)) return complaint;
  if (text.front() != '/') return "must be an absolute pattern";
  if (!recursive && text.find("**") != text.npos) {
    return "must not contain \"**\": \"*\" stays within one path element";
  }
  return std::nullopt;
}

Complaint check_file_name(std::string_view text) {
  auto const path = RelativePath::parse(text);
  if (!path || path->is_root() || text.find('/') != text.npos || text.size() > 255) {
    return "must be a single name, without \"/\"";
  }
  return std::nullopt;
}

Complaint check_host_name(std::string_view text) {
  auto const allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; };
  if (std::all_of(text.begin(), text.end(), allowed)) return std::nullopt;
  return "must consist of letters, digits, \".\" and \"-\"";
}

Complaint check_socket_mode(std::string_view text) {
  auto const mode = parse_octal_mode(text);
  if (!mode || *mode > 0777) return "must be an octal mode such as \"0660\"";
  if ((*mode & 0111) != 0) return "must have no execute bit";
  if ((*mode & 0007) != 0 && *mode != 0666) {
    return "must have no bit for others, except in \"0666\"";
  }
  return std::nullopt;
}

Complaint check_principal(std::string_view text) {
  auto name = text;
  if (name.starts_with('@')) name.remove_prefix(1);
  auto const odd = [](char c) { return is_control(c) || c == ' ' || c == ':' || c == '/'; };
  if (name.empty() || name.size() > 255 || std::any_of(name.begin(), name.end(), odd)) {
    return "must be \"name\" or \"1000\" for a user, \"@name\" or \"@1000\" for a group";
  }
  return std::nullopt;
}

Complaint check_reference(std::string_view text) {
  if (!text.starts_with("refs/") || text.find('/', 5) == text.npos) {
    return "must be a full reference name such as \"refs/heads/main\"";
  }
  return check_reference_text(text, "reference name");
}

Complaint check_branch(std::string_view text) {
  if (text.starts_with("refs/")) return "must be a branch name without \"refs/heads/\"";
  if (text.starts_with('-') || text == "HEAD") return "must be a valid branch name";
  return check_reference_text(text, "branch name");
}

Complaint check_slug(std::string_view text) {
  auto const slash = text.find('/');
  auto const valid = [](std::string_view part) {
    auto const allowed = [](char c) {
      return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
    };
    return !part.empty() && part.size() <= 100 && part != "." && part != ".." &&
           std::all_of(part.begin(), part.end(), allowed);
  };
  if (slash == text.npos || !valid(text.substr(0, slash)) || !valid(text.substr(slash + 1))) {
    return "must be of the form owner/repo";
  }
  return std::nullopt;
}

Complaint check_origin(std::string_view text) {
  auto const allowed = [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("._:/-").find(c) != std::string_view::npos;
  };
  if (!std::all_of(text.begin(), text.end(), allowed)) {
    return "must consist of letters, digits and \". _ : / -\"";
  }
  for (std::string_view const prefix : {"SSHSIG", "DSSEv1", "cosignature/", "govseal-key-"}) {
    if (text.starts_with(prefix)) return "must not begin with \"" + std::string(prefix) + "\"";
  }
  return std::nullopt;
}

Complaint check_remote(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return "must not contain control characters";
  }
  if (text.starts_with("/") || text.starts_with("file:///")) return std::nullopt;
  constexpr std::string_view kSsh = "ssh://";
  if (text.starts_with(kSsh) && text.size() > kSsh.size() && text[kSsh.size()] != '-') {
    return std::nullopt;
  }
  return "must be an absolute path, file:// or ssh://";
}

Complaint check_argument(std::string_view text, bool first) {
  if (first && text.empty()) return "must name a program in its first element";
  if (text.find('\0') != text.npos) return "must not contain a NUL";
  for (auto from = text.find('{'); from != text.npos; from = text.find('{', from + 1)) {
    auto const to = text.find('}', from);
    if (to == text.npos) break;
    auto const name = text.substr(from + 1, to - from - 1);
    auto const is_word = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_word)) continue;
    auto const known = {"slug", "reason", "commit", "covers", "branch"};
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return "has the unknown placeholder \"{" + std::string(name) +
             "}\" (known: {slug} {reason} {commit} {covers} {branch})";
    }
    if (first) return "must have no placeholder in its first element";
  }
  return std::nullopt;
}

Complaint check_health_condition(std::string_view text) {
  if (text.size() == 5 && text.starts_with("H1-0") && text[4] >= '1' && text[4] <= '7') {
    return std::nullopt;
  }
  return "must be a condition H1-01 to H1-07";
}

bool is_path_within(std::string_view path, std::string_view directory) noexcept {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace govseal
