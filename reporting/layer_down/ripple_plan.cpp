#include "reporting/layer_down/ripple_plan.h"

#include <algorithm>
#include <array>

#include "reporting/layer_down/markdown.h"
#include "reporting/layer_down/registry_file.h"

namespace govseal {
namespace {

constexpr std::array<std::string_view, 7> kPendingWords = {
    "PENDING", "NOT STARTED", "IN PROGRESS", "INITIATED", "BLOCKED", "AWAITING", "TBD"};
constexpr std::array<std::string_view, 6> kHeaderWords = {
    "PENDING", "INITIATED", "RIPPLE REQUIRED", "LAYER-DOWN REQUIRED", "IN PROGRESS", "DETECTED"};
constexpr std::array<std::string_view, 4> kCompleteWords = {"COMPLETE", "COMPLETED", "CLOSED",
                                                            "APPLIED"};
constexpr std::array<std::string_view, 5> kNeverComplete = {"PENDING", "NOT STARTED", "IN PROGRESS",
                                                            "BLOCKED", "AWAITING"};

bool is_letter(char byte) {
  return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/// layer-down.md 5.1, last paragraph.
std::string normalised(std::string_view value) {
  auto first = std::find_if(value.begin(), value.end(), is_letter);
  value.remove_prefix(static_cast<std::size_t>(first - value.begin()));
  while (!value.empty() &&
         std::string_view("*` \t\v\f\r").find(value.back()) != std::string::npos) {
    value.remove_suffix(1);
  }
  std::string text;
  for (char byte : value) {
    bool blank = byte == ' ' || byte == '\t' || byte == '_';
    if (blank && text.ends_with(' ')) continue;
    bool lower = byte >= 'a' && byte <= 'z';
    text += blank ? ' ' : lower ? static_cast<char>(byte - 'a' + 'A') : byte;
  }
  return text;
}

template <typename Words>
bool starts_with_any(std::string_view value, Words const& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return value.starts_with(word) &&
           (value.size() == word.size() || !is_letter(value[word.size()]));
  });
}

bool is_complete(std::string_view value) {
  return starts_with_any(value, kCompleteWords) &&
         std::none_of(kNeverComplete.begin(), kNeverComplete.end(), [&](std::string_view word) {
           return value.find(word) != std::string_view::npos;
         });
}

struct BoldLine {
  std::string_view label;
  std::string_view value;
};

/// `**X**: value` or `**X:** value`.
std::optional<BoldLine> bold_line(std::string_view line) {
  auto text = trim_blanks(line);
  if (!text.starts_with("**")) return std::nullopt;
  auto end = text.find("**", 2);
  if (end == std::string_view::npos) return std::nullopt;
  auto label = text.substr(2, end - 2);
  auto value = text.substr(end + 2);
  if (label.ends_with(':')) {
    label.remove_suffix(1);
  } else if (value.starts_with(':')) {
    value.remove_prefix(1);
  } else {
    return std::nullopt;
  }
  return BoldLine{label, value};
}

/// A first cell without emphasis, code marks and link target.
std::string first_cell_text(std::string_view cell) {
  auto text = plain_cell(cell);
  auto middle = text.find("](");
  if (text.starts_with('[') && middle != std::string::npos && text.ends_with(')')) {
    text = std::string(trim_blanks(text.substr(1, middle - 1)));
  }
  return text;
}

struct Evidence {
  std::optional<std::string> header;
  bool bold_pending = false;
  std::vector<std::string> consumer_rows;  // their status
  bool unregistered = false;
};

void read_bold_lines(std::vector<std::string> const& lines, Evidence& evidence) {
  bool before_sections = true;
  for (auto const& line : lines) {
    if (line.starts_with("## ")) before_sections = false;
    auto bold = bold_line(line);
    if (!bold) continue;
    auto label = lower_ascii(bold->label);
    auto value = normalised(bold->value);
    if (before_sections && !evidence.header && bold->label == "Status") evidence.header = value;
    if (label == "layer-down status" || label == "coordination status") {
      evidence.bold_pending = evidence.bold_pending || starts_with_any(value, kPendingWords);
    }
  }
}

void read_tables(std::vector<std::string> const& lines, ConsumerNames const& names,
                 Evidence& evidence) {
  for (auto const& table : markdown_tables(lines)) {
    auto column = std::find_if(table.header.begin(), table.header.end(), [](auto const& cell) {
      return lower_ascii(plain_cell(cell)) == "status";
    });
    if (column == table.header.end()) continue;
    auto status = static_cast<std::size_t>(column - table.header.begin());
    for (auto const& row : table.rows) {
      auto text = first_cell_text(row.front());
      evidence.unregistered = evidence.unregistered || names.is_unregistered(text);
      bool counts =
          names.is_consumer(text) || lower_ascii(text).find("layer-down") != std::string::npos;
      if (counts && status < row.size()) evidence.consumer_rows.push_back(normalised(row[status]));
    }
  }
}

PlanStatus judge(Evidence const& evidence) {
  auto const& rows = evidence.consumer_rows;
  bool row_pending = std::any_of(rows.begin(), rows.end(), [](std::string const& status) {
    return starts_with_any(status, kPendingWords);
  });
  bool header_pending = evidence.header && starts_with_any(*evidence.header, kHeaderWords);
  if (row_pending || evidence.bold_pending || header_pending) return PlanStatus::pending;
  bool said = evidence.header || !rows.empty();
  bool complete = (!evidence.header || is_complete(*evidence.header)) &&
                  std::all_of(rows.begin(), rows.end(), is_complete);
  return said && complete ? PlanStatus::complete : PlanStatus::untracked;
}

void sort_unique(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace

char const* name_of(PlanFamily family) noexcept {
  return family == PlanFamily::ripple ? "ripple" : "extra";
}

char const* name_of(PlanStatus status) noexcept {
  switch (status) {
    case PlanStatus::pending:
      return "pending";
    case PlanStatus::complete:
      return "complete";
    case PlanStatus::untracked:
      return "untracked";
    case PlanStatus::unknown:
      return "unknown";
  }
  return "";
}

ConsumerNames::ConsumerNames(std::vector<std::string> const& repositories,
                             std::map<std::string, std::string> const& aliases) {
  for (auto const& repository : repositories) {
    auto lower = lower_ascii(repository);
    auto slash = lower.find('/');
    owners_.push_back(lower.substr(0, slash));
    names_.push_back(lower.substr(slash + 1));
    repositories_.push_back(std::move(lower));
  }
  for (auto const& alias : aliases) names_.push_back(lower_ascii(alias.first));
  sort_unique(names_);
  sort_unique(owners_);
  sort_unique(repositories_);
}

bool ConsumerNames::is_consumer(std::string_view text) const {
  auto slash = text.rfind('/');
  auto name = lower_ascii(slash == std::string_view::npos ? text : text.substr(slash + 1));
  return std::binary_search(names_.begin(), names_.end(), name);
}

bool ConsumerNames::is_unregistered(std::string_view text) const {
  if (!is_repository_name(text)) return false;
  auto lower = lower_ascii(text);
  return std::binary_search(owners_.begin(), owners_.end(), lower.substr(0, lower.find('/'))) &&
         !std::binary_search(repositories_.begin(), repositories_.end(), lower);
}

PlanReading read_plan(std::string_view text, ConsumerNames const& names) {
  auto lines = markdown_lines(text);
  Evidence evidence;
  read_bold_lines(lines, evidence);
  read_tables(lines, names, evidence);
  return {judge(evidence), evidence.unregistered};
}

}  // namespace govseal
